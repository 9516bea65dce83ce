"""The client secret in the form (RFC 6749 §2.3.1)."""

from collections.abc import Callable

from doorward.kit.secrets import digest, same
from doorward.oauth.client_authentication import Credentials
from doorward.oauth.fetching import Fetch
from doorward.oauth.records import Client, UsedAssertion


class ClientSecretPost:
    """`client_secret_post`."""

    name = "client_secret_post"
    has_secret = True
    signing_algorithms: tuple[str, ...] = ()

    def presented(self, credentials: Credentials) -> bool:
        return credentials.params.get("client_secret") is not None

    def client_id(self, credentials: Credentials) -> str | None:
        return credentials.params.get("client_id")

    def verify(self, credentials: Credentials, client: Client) -> bool:
        presented = digest(credentials.params.require("client_secret"))
        return any(same(presented, stored) for stored in client.client_secret_hashes)

    def needs(self, credentials: Credentials, find: Callable[[], Client | None]) -> tuple[Fetch, ...]:
        return ()

    def used_up(self, credentials: Credentials, client: Client) -> UsedAssertion | None:
        return None
