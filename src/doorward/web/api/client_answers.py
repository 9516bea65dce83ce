"""Clients in the JSON API: what is told of one, and what both kinds of callers may ask."""

from datetime import datetime, timedelta

from pydantic import BaseModel, Field

from doorward.kit.secrets import Secret
from doorward.oauth.records import Client
from doorward.operations.rotate_client_secret import DEFAULT_OVERLAP
from doorward.web.api.json_body import Body


class ClientAnswer(BaseModel):
    """A stored client in the words of RFC 7591 §2; never its secret."""

    client_id: str
    client_name: str | None
    redirect_uris: list[str]
    grant_types: list[str]
    token_endpoint_auth_method: str
    old_secret_expires_at: datetime | None
    """When the secret that a rotation replaced ends; null when there is none."""
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, client: Client) -> "ClientAnswer":
        return cls(
            client_id=client.client_id,
            client_name=client.client_name,
            redirect_uris=list(client.redirect_uris),
            grant_types=list(client.grant_types),
            token_endpoint_auth_method=client.token_endpoint_auth_method,
            old_secret_expires_at=client.old_secrets_expire_at,
            created_at=client.created_at,
            last_used_at=client.last_used_at,
        )


class RotationBody(Body):
    """For how many seconds the old secret goes on; 0 ends it now."""

    overlap: int = Field(default=int(DEFAULT_OVERLAP.total_seconds()), ge=0, le=10**9)

    @property
    def duration(self) -> timedelta:
        """The overlap."""
        return timedelta(seconds=self.overlap)


class NewSecretAnswer(BaseModel):
    """A new secret; `client_secret` is shown this once."""

    client_id: str
    client_secret: str
    old_secret_expires_at: datetime | None

    @classmethod
    def of(cls, client: Client, secret: Secret) -> "NewSecretAnswer":
        return cls(
            client_id=client.client_id,
            client_secret=secret.reveal(),
            old_secret_expires_at=client.old_secrets_expire_at,
        )
