"""Client authentication: each method recognises itself, and exactly one must be used (RFC 6749 §2.3)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from doorward.jose import compact
from doorward.jose.errors import InvalidToken
from doorward.oauth.clients import Clients
from doorward.oauth.copies import Copies
from doorward.oauth.errors import InvalidClient, InvalidRequest
from doorward.oauth.fetching import Fetch
from doorward.oauth.jwk_sets import JwkSet
from doorward.oauth.params import Params
from doorward.oauth.records import Client, UsedAssertion


@dataclass(frozen=True)  # without slots, so that the assertion is taken apart once
class Credentials:
    """What a client presents to say who it is, and what that is held against."""

    params: Params
    authorization: tuple[str, ...]
    """Every value of the Authorization header."""
    audiences: frozenset[str]
    """What an assertion may be addressed to."""
    jwk_sets: Copies[JwkSet]
    """The keys that clients publish, as far as they were fetched."""
    now: datetime

    @classmethod
    def read(
        cls,
        params: Params,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        audiences: frozenset[str],
        jwk_sets: Copies[JwkSet],
        now: datetime,
    ) -> "Credentials":
        """Collect them from the form and the raw headers."""
        authorization = tuple(v.decode("latin-1") for k, v in headers if k.lower() == b"authorization")
        return cls(params, authorization, audiences, jwk_sets, now)

    @cached_property
    def assertion(self) -> compact.CompactJws:
        """The client assertion, not believed yet. Raises InvalidToken."""
        return compact.parse(self.params.require("client_assertion"))


class ClientAuthMethod(Protocol):
    """One client authentication method; `name` is its wire name (IANA registry)."""

    name: str
    has_secret: bool
    """Whether a registration with it gets a client secret."""
    signing_algorithms: tuple[str, ...]
    """What its clients sign with; a registration with one that has any brings public keys."""

    def presented(self, credentials: Credentials) -> bool:
        """Whether the request uses this method."""
        ...

    def client_id(self, credentials: Credentials) -> str | None:
        """The id the client claims with this method. May raise InvalidToken."""
        ...

    def verify(self, credentials: Credentials, client: Client) -> bool:
        """Whether the credentials prove that the request is that client's. May raise InvalidToken instead."""
        ...

    def used_up(self, credentials: Credentials, client: Client) -> UsedAssertion | None:
        """What of the verified credentials works once only. May raise InvalidToken."""
        ...

    def needs(self, credentials: Credentials, find: Callable[[], Client | None]) -> tuple[Fetch, ...]:
        """What has to be fetched before `verify` can answer; `find` looks the client up, for those who need it.

        May raise InvalidToken.
        """
        ...


@dataclass(frozen=True, slots=True)
class AuthenticatedClient:
    """The client that makes a request, and what must be used up together with what the request asks for."""

    client: Client
    assertion: UsedAssertion | None


def authenticate_client(
    methods: Sequence[ClientAuthMethod], credentials: Credentials, clients: Clients
) -> AuthenticatedClient:
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
    try:
        return _authenticated(presented[0], credentials, clients)
    except InvalidToken as invalid:
        raise InvalidClient(reason=f"assertion_{invalid.reason}", challenge=challenge) from None
    except InvalidClient as error:
        error.challenge = challenge
        raise


def _authenticated(method: ClientAuthMethod, credentials: Credentials, clients: Clients) -> AuthenticatedClient:
    client_id, now = method.client_id(credentials), credentials.now
    client = clients.find(client_id, now) if client_id is not None else None
    if client is None:
        raise InvalidClient(reason="client_unknown")
    if client.token_endpoint_auth_method != method.name:
        raise InvalidClient(reason="client_auth_method_mismatch")
    if not method.verify(credentials, client.at(now)):
        raise InvalidClient(reason="client_secret_wrong")
    if clients.is_blocked(client, now):
        raise InvalidClient(reason="client_blocked")
    return AuthenticatedClient(client, method.used_up(credentials, client))
