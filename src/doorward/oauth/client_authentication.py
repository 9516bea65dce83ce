"""Client authentication: each method recognises itself, and exactly one must be used (RFC 6749 §2.3)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from doorward.oauth.clients import Clients
from doorward.oauth.copies import Copies
from doorward.oauth.errors import InvalidClient, InvalidRequest
from doorward.oauth.fetching import Fetch
from doorward.oauth.jwk_sets import JwkSet
from doorward.oauth.params import Params
from doorward.oauth.records import Client


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client presents to say who it is."""

    params: Params
    authorization: tuple[str, ...]
    """Every value of the Authorization header."""

    @classmethod
    def read(cls, params: Params, headers: Iterable[tuple[bytes, bytes]]) -> "Credentials":
        """Collect them from the form and the raw headers."""
        return cls(params, tuple(v.decode("latin-1") for k, v in headers if k.lower() == b"authorization"))


class ClientAuthMethod(Protocol):
    """One client authentication method; `name` is its wire name (IANA registry)."""

    name: str
    has_secret: bool
    """Whether a registration with it gets a client secret."""

    def presented(self, credentials: Credentials) -> bool:
        """Whether the request uses this method."""
        ...

    def client_id(self, credentials: Credentials) -> str | None:
        """The id the client claims with this method."""
        ...

    def verify(self, credentials: Credentials, client: Client) -> bool:
        """Whether the credentials prove that the request is that client's."""
        ...

    def needs(
        self, credentials: Credentials, find: Callable[[], Client | None], jwk_sets: Copies[JwkSet], now: datetime
    ) -> tuple[Fetch, ...]:
        """What has to be fetched before `verify` can answer; `find` looks the client up, for those who need it."""
        ...


def authenticate_client(
    methods: Sequence[ClientAuthMethod], credentials: Credentials, clients: Clients, now: datetime
) -> Client:
    """Return the client that makes a token request.

    Raises:
        InvalidRequest: more than one method is used.
        InvalidClient: nobody, an unknown or blocked client, wrong credentials, or not its registered method.
    """
    presented = [method for method in methods if method.presented(credentials)]
    if len(presented) > 1 or len(credentials.authorization) > 1:
        raise InvalidRequest("use exactly one client authentication method")
    challenge = bool(credentials.authorization)
    if not presented:
        raise InvalidClient(reason="client_not_named", challenge=challenge)
    method = presented[0]
    client_id = method.client_id(credentials)
    client = clients.find(client_id, now) if client_id is not None else None
    if client is None:
        raise InvalidClient(reason="client_unknown", challenge=challenge)
    if client.token_endpoint_auth_method != method.name:
        raise InvalidClient(reason="client_auth_method_mismatch", challenge=challenge)
    if not method.verify(credentials, client.at(now)):
        raise InvalidClient(reason="client_secret_wrong", challenge=challenge)
    if clients.is_blocked(client, now):
        raise InvalidClient(reason="client_blocked", challenge=challenge)
    return client
