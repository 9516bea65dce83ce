"""The page that shows a client secret, this once."""

from dataclasses import dataclass

from doorward.kit.secrets import Secret
from doorward.oauth.records import Client
from doorward.web.pages.visit import Visit
from doorward.web.words import Day, day


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecretPage:
    """What an app asks for, to be copied."""

    title: str = "Copy the secret now"
    name: str
    client_id: str
    secret: str
    method: str
    old_secret_until: Day | None
    mcp_address: str

    @classmethod
    def of(cls, visit: Visit, client: Client, secret: Secret) -> "ClientSecretPage":
        """The page of a client that was made, or got a new secret."""
        until = client.old_secrets_expire_at
        return cls(
            name=client.client_name or "A client without a name",
            client_id=client.client_id,
            secret=secret.reveal(),
            method=client.token_endpoint_auth_method,
            old_secret_until=until and day(until, visit.now),
            mcp_address=visit.web.server.policy.default_resource.identifier,
        )
