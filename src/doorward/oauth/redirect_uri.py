"""Redirect URIs: which are acceptable, and when a presented one is the registered one."""

from doorward.kit import urls
from doorward.oauth.errors import InvalidRedirectUri
from doorward.oauth.known_clients import KNOWN_CLIENTS

MAX_LENGTH = 2_000
VENDOR_SCHEMES = KNOWN_CLIENTS.redirect_schemes


def check_redirect_uri(uri: str, schemes: frozenset[str] = VENDOR_SCHEMES) -> None:
    """Refuse what must never receive a code (OAuth 2.1 §2.3.1, RFC 8252 §7, RFC 7591 §5).

    Acceptable: https; http on a loopback host; a private-use scheme of an application, which is a reverse domain
    name or one of `schemes`, which known vendors use.

    Raises:
        InvalidRedirectUri: it is something else, ambiguous, relative, or has a fragment or userinfo.
    """
    parsed = urls.parse(uri) if len(uri) <= MAX_LENGTH else None
    if parsed is None:
        raise InvalidRedirectUri("a redirect URI is malformed")
    if parsed.has_fragment:
        raise InvalidRedirectUri("a redirect URI must not have a fragment")
    if parsed.scheme == "https" and parsed.host:
        return
    if parsed.scheme == "http":
        if parsed.is_loopback:
            return
        raise InvalidRedirectUri("an http redirect URI must be on a loopback host")
    if "." not in parsed.scheme and parsed.scheme not in schemes:
        raise InvalidRedirectUri("a redirect URI has a scheme that is not allowed")
    if not (parsed.host or parsed.path.strip("/")):
        raise InvalidRedirectUri("a redirect URI names nothing but a scheme")


def is_acceptable(uri: str, schemes: frozenset[str] = VENDOR_SCHEMES) -> bool:
    """Whether `check_redirect_uri` lets it pass."""
    try:
        check_redirect_uri(uri, schemes)
    except InvalidRedirectUri:
        return False
    return True


def matches(registered: str, presented: str) -> bool:
    """Whether the presented URI is the registered one: the same characters (RFC 9700 §4.1.3).

    The port alone is free on http loopback hosts (RFC 8252 §7.3); `localhost` and `127.0.0.1` stay distinct.
    """
    if registered == presented:
        return True
    left, right = urls.parse(registered), urls.parse(presented)
    return (
        left is not None
        and right is not None
        and left.scheme == right.scheme == "http"
        and left.is_loopback
        and left.host == right.host
        and _after_authority(registered) == _after_authority(presented)
        and not right.has_fragment
    )


def redirect_host(uri: str) -> str:
    """Where an answer goes, for people: the host, or the scheme of an application's own."""
    parsed = urls.parse(uri)
    if parsed is None:
        return "unknown"
    return parsed.host.removesuffix(".") if parsed.scheme in ("http", "https") and parsed.host else f"{parsed.scheme}:"


def is_private_use(uri: str) -> bool:
    """Whether an application's own scheme is meant, which the computer opens with whatever claims it."""
    parsed = urls.parse(uri)
    return parsed is None or parsed.scheme not in ("http", "https")


def runs_on_this_computer(uri: str) -> bool:
    """Whether the answer goes to a program on the person's computer, which proves nothing about who asks."""
    parsed = urls.parse(uri)
    return is_private_use(uri) or (parsed is not None and parsed.is_loopback)


def _after_authority(uri: str) -> str:
    rest = uri.split("://", 1)[-1]
    cut = min((at for at in (rest.find("/"), rest.find("?"), rest.find("#")) if at >= 0), default=len(rest))
    return rest[cut:]
