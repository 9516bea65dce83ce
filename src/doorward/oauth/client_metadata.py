"""Client metadata from a stranger: clamped to what is supported, refused where it makes no sense (RFC 7591 §2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from doorward.kit import urls
from doorward.kit.names import one_line
from doorward.oauth.client_authentication import ClientAuthMethod
from doorward.oauth.client_keys import NO_KEYS, ClientKeys, read_keys
from doorward.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from doorward.oauth.grant import AnyGrant
from doorward.oauth.redirect_uri import VENDOR_SCHEMES, is_acceptable
from doorward.oauth.scope import MalformedScope, Scope

MAX_NAME = 100
MAX_REDIRECT_URIS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMetadata:
    """What a registration gets of what it asked for."""

    redirect_uris: tuple[str, ...]
    client_name: str | None
    client_uri: str | None
    token_endpoint_auth_method: str
    grant_types: tuple[str, ...]
    scope: Scope | None
    application_type: str | None
    jwks: str | None = None
    jwks_uri: str | None = None


def read_client_metadata(
    document: Mapping[str, object],
    *,
    grants: Iterable[AnyGrant],
    methods: Iterable[ClientAuthMethod],
    scopes: Scope,
    schemes: frozenset[str] = VENDOR_SCHEMES,
    fetches_keys: bool = True,
) -> ClientMetadata:
    """Validate and clamp: unknown members, grants, scope tokens and methods are dropped, not refused.

    Raises:
        InvalidRedirectUri: no redirect URI is acceptable.
        InvalidClientMetadata: a member has the wrong JSON type, or a client that signs brings no good keys, or names an
            address for them where none is fetched.
    """
    asked = read_text(document, "token_endpoint_auth_method") or "none"
    method = next((method for method in methods if method.name == asked), None)
    keys = _keys(document) if method is not None and method.signing_algorithms else NO_KEYS
    if keys.jwks_uri is not None and not fetches_keys:
        raise InvalidClientMetadata("this server does not fetch jwks_uri: register the keys themselves, as jwks")
    read_strings(document, "response_types")
    return ClientMetadata(
        redirect_uris=accepted_redirect_uris(document, schemes),
        client_name=clean_name(read_text(document, "client_name") or ""),
        client_uri=acceptable_client_uri(read_text(document, "client_uri")),
        token_endpoint_auth_method=method.name if method is not None else "none",
        grant_types=_grant_types(read_strings(document, "grant_types"), grants),
        scope=_scope(read_text(document, "scope"), scopes),
        application_type=_application_type(read_text(document, "application_type")),
        jwks=keys.jwks,
        jwks_uri=keys.jwks_uri,
    )


def clean_name(text: str) -> str | None:
    """A name that people may be shown: on one line, without what cannot be seen, and not too long."""
    return one_line(text)[:MAX_NAME].strip() or None


def accepted_redirect_uris(document: Mapping[str, object], schemes: frozenset[str]) -> tuple[str, ...]:
    """Those of the redirect URIs that may receive a code, each once. Raises InvalidRedirectUri when none may."""
    try:
        asked = read_strings(document, "redirect_uris")
    except InvalidClientMetadata:
        raise InvalidRedirectUri("redirect_uris must be a list of strings") from None
    accepted = tuple(dict.fromkeys(uri for uri in asked if is_acceptable(uri, schemes)))[:MAX_REDIRECT_URIS]
    if not accepted:
        raise InvalidRedirectUri
    return accepted


def _keys(document: Mapping[str, object]) -> ClientKeys:
    return read_keys(jwks=document.get("jwks"), jwks_uri=read_text(document, "jwks_uri"))


def _grant_types(asked: tuple[str, ...], grants: Iterable[AnyGrant]) -> tuple[str, ...]:
    supported = [grant.grant_type for grant in grants if grant.self_assignable]
    chosen = tuple(grant_type for grant_type in supported if grant_type in asked)
    if not asked or "authorization_code" not in chosen:
        return tuple(supported) if not asked else ("authorization_code", *chosen)
    return chosen


def _scope(text: str | None, scopes: Scope) -> Scope | None:
    try:
        return (Scope.parse(text).within(scopes) or None) if text else None
    except MalformedScope:
        raise InvalidClientMetadata("scope is malformed") from None


def same_credential(before: str, after: str, methods: Iterable[ClientAuthMethod]) -> bool:
    """Whether two client authentication methods present the same credential: the same one, or both a secret."""
    with_secret = {method.name for method in methods if method.has_secret}
    return before == after or {before, after} <= with_secret


def acceptable_client_uri(text: str | None) -> str | None:
    """The address of a client's page when it is https with a host, else None: nobody is led anywhere else."""
    uri = urls.parse(text) if text else None
    return text if uri is not None and uri.scheme == "https" and uri.host else None


def _application_type(text: str | None) -> str | None:
    return text if text in ("native", "web") else None


def read_text(document: Mapping[str, object], name: str) -> str | None:
    """A member that must be a string where it is present. Raises InvalidClientMetadata."""
    value = document.get(name)
    if value is None or (isinstance(value, str) and not _has_surrogates(value)):
        return value
    raise InvalidClientMetadata(f"{name} must be a string")


def read_strings(document: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A member that must be a list of strings where it is present. Raises InvalidClientMetadata."""
    value = document.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidClientMetadata(f"{name} must be a list of strings")
    items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
    texts = tuple(item for item in items if isinstance(item, str) and not _has_surrogates(item))
    if len(texts) != len(items):
        raise InvalidClientMetadata(f"{name} must be a list of strings")
    return texts


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
