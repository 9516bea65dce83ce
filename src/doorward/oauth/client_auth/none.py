"""Public clients: they name themselves and prove possession by PKCE or rotation (RFC 6749 §2.1)."""

from collections.abc import Callable

from doorward.oauth.client_authentication import Credentials
from doorward.oauth.fetching import Fetch
from doorward.oauth.records import Client, UsedAssertion


class NoAuthentication:
    """`none`: the client_id in the form, and no credential."""

    name = "none"
    has_secret = False
    signing_algorithms: tuple[str, ...] = ()

    def presented(self, credentials: Credentials) -> bool:
        params = credentials.params
        return (
            not credentials.authorization
            and params.get("client_id") is not None
            and params.get("client_secret") is None
            and params.get("client_assertion") is None
        )

    def client_id(self, credentials: Credentials) -> str | None:
        return credentials.params.get("client_id")

    def verify(self, credentials: Credentials, client: Client) -> bool:
        return not client.client_secret_hashes

    def needs(self, credentials: Credentials, find: Callable[[], Client | None]) -> tuple[Fetch, ...]:
        return ()

    def used_up(self, credentials: Credentials, client: Client) -> UsedAssertion | None:
        return None
