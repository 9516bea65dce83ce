"""What a rule about clients is for: a client id, a host, an application's own scheme, or a known agent."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum

from doorward.kit import urls
from doorward.kit.secrets import TokenPrefix
from doorward.oauth.client_rules import AGENT_PREFIX
from doorward.oauth.known_clients import KnownClients

_OUR_ID = re.compile(rf"(?:{TokenPrefix.STATELESS_CLIENT}|{TokenPrefix.STORED_CLIENT})[A-Za-z0-9._~-]+\Z")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\Z")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?\Z")


class InvalidBlockSubject(ValueError):
    """No rule could be for this; the message is one sentence for people, with the mend."""


class SubjectKind(StrEnum):
    """What it is; the value is the word for people."""

    CLIENT_ID = "client id"
    HOST = "host"
    SCHEME = "scheme"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class BlockSubject:
    """What was understood; `name` is compared with ids, and with hosts in lower case."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        return f"the {self.kind} {self.name.removeprefix(AGENT_PREFIX)}"


def agent_subject(text: str, known: KnownClients) -> BlockSubject | None:
    """The agent that is named by its id, with or without the prefix that its rules have."""
    agent = known.agent(text.lower().removeprefix(AGENT_PREFIX))
    return None if agent is None else BlockSubject(SubjectKind.AGENT, AGENT_PREFIX + agent.id)


def read_block_subject(text: str) -> BlockSubject:
    """Tell a client id from a host; ids without a known form are for the caller to look up first.

    A host is named alone or as an origin without a port, and stands for all its ports; an https URL with a path is a
    client id. A scheme of an application's own is named with its colon.

    Raises:
        InvalidBlockSubject: it is none of these.
    """
    if len(text.split()) != 1:
        raise InvalidBlockSubject(
            "Name one known agent such as claude, one client id, one host without port and path, or one scheme."
        )
    if _OUR_ID.match(text):
        return BlockSubject(SubjectKind.CLIENT_ID, text)
    if "://" in text:
        return _read_url(text)
    if _SCHEME.match(text) and text.lower() not in ("http:", "https:", "localhost:"):
        return BlockSubject(SubjectKind.SCHEME, text.lower())
    return _read_host(text)


def _read_url(text: str) -> BlockSubject:
    uri = urls.parse(text)
    if uri is None or uri.scheme not in ("http", "https") or not uri.host:
        raise InvalidBlockSubject(
            "This is no http or https address: name a client id or a host, as in app.example.com."
        )
    if uri.path in ("", "/") and uri.query is None and not uri.has_fragment:
        if uri.port is not None:
            raise _with_port(uri.host)
        return BlockSubject(SubjectKind.HOST, _canonical(uri.host))
    if uri.scheme == "https" and uri.path not in ("", "/") and not uri.has_fragment:
        return BlockSubject(SubjectKind.CLIENT_ID, text)
    raise InvalidBlockSubject(f"A rule is for a whole host, not for an address on it: name {_canonical(uri.host)}.")


def _read_host(text: str) -> BlockSubject:
    host, colon, port = text.rpartition(":")
    if colon and port.isdecimal() and (_HOST.match(host) or host.startswith("[")):
        raise _with_port(host)
    if text.startswith("*."):
        raise InvalidBlockSubject("A rule is for one host exactly: name each, as in app.example.com, without the star.")
    if "/" in text:
        raise InvalidBlockSubject("A rule is for a whole host, not for an address on it: leave the path out.")
    if (address := _address(text)) is not None:
        return BlockSubject(SubjectKind.HOST, address)
    if not _HOST.match(text) or text.rstrip(".").rpartition(".")[2].isdecimal():
        raise InvalidBlockSubject(
            "This is neither a client id nor a host: name one as `doorward clients list` and the account pages do, "
            "such as app.example.com."
        )
    if "." not in text.rstrip(".") and text.lower().rstrip(".") != "localhost":
        raise InvalidBlockSubject(
            f"No client has the id {text}: copy the id from `doorward clients list` or `doorward audit tail`, "
            f"or write https://{text} if it is a host without a dot."
        )
    return BlockSubject(SubjectKind.HOST, _canonical(text))


def _address(text: str) -> str | None:
    """An IP address as it stands in a URI (RFC 3986 §3.2.2)."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if address.version == 4:
        return text if text == bare else None
    return f"[{bare.lower()}]"


def _canonical(host: str) -> str:
    return host.lower().removesuffix(".")


def _with_port(host: str) -> InvalidBlockSubject:
    return InvalidBlockSubject(f"A rule is for every port of a host: name {_canonical(host)} without the port.")
