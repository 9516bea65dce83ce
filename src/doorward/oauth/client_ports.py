"""What the protocol core asks of storage about clients."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from doorward.oauth.records import AccessRequest, Client, ClientRule, InitialAccessToken, StoredDocument, Verdict


class ClientStore(Protocol):
    """Clients that have a row, and the rules about all of them."""

    def find(self, client_id: str) -> Client | None: ...
    def find_by_registration_token(self, token_hash: bytes) -> Client | None: ...
    def add(self, client: Client) -> None: ...
    def add_owned(self, client: Client, *, at_most: int) -> bool:
        """Insert a client of a person, who is locked meanwhile; False when they have that many already.

        Raises LookupError when its owner is missing or disabled.
        """
        ...

    def delete(self, client_id: str) -> bool: ...
    def delete_managed(self, client_id: str, *, registration_token_hash: bytes) -> bool:
        """Delete it while that is the hash of its registration access token."""
        ...

    def delete_of_owner(self, user_id: str) -> Sequence[str]:
        """Delete what a person made; return the ids."""
        ...

    def update(self, client_id: str, values: Mapping[str, object], *, token_hash: bytes | None = None) -> Client | None:
        """Set columns in one statement and return the client as it is now; None when there is none.

        With a `token_hash`, only while that is the hash of its registration access token.
        """
        ...

    def rotate_secret(self, client_id: str, secret_hash: bytes, *, old_until: datetime | None) -> Client | None:
        """Replace its secrets in one statement; the replaced ones live until then, and older ones end now.

        None when there is no such client, or it has no secret.
        """
        ...

    def list(self) -> Sequence[Client]: ...
    def list_of_owner(self, user_id: str) -> Sequence[Client]: ...
    def page(self, *, after: tuple[datetime, str] | None, limit: int) -> Sequence[Client]:
        """At most `limit` clients in the order of `list`, behind the one made then with that id."""
        ...

    def touch(self, client_id: str, at: datetime) -> None:
        """Remember that a person connected it, so that it is not swept as never used.

        Written only when what is remembered is TOUCH_INTERVAL old, so that people do not wait for each other's row.
        """
        ...

    def evict_never_used(self, *, keep: int, older_than: datetime, limit: int) -> int:
        """Delete at most `limit` self-registered clients that nobody connected; return how many went.

        Those made before `older_than` go, and the oldest above `keep`.
        """
        ...

    def hold(self, *, exclusive: bool) -> None:
        """Until this unit of work ends, keep out those that end clients, or (`exclusive`) all that decide for them."""
        ...

    def set_rule(self, rule: ClientRule) -> None:
        """Insert it, or put it in the place of another for the same subject and person."""
        ...

    def remove_rule(self, subject: str, user_id: str, *, verdict: Verdict | None = None) -> bool:
        """Remove the rule, or only one that says `verdict`; False when there is none."""
        ...

    def rules(self, user_id: str | None = None) -> Sequence[ClientRule]:
        """Every rule, or those for everybody and that person alone; the oldest first."""
        ...


class ClientDocumentStore(Protocol):
    """Metadata documents of clients that a person allowed."""

    def find(self, client_id: str) -> StoredDocument | None: ...
    def keep(self, document: StoredDocument) -> None:
        """Insert or replace."""
        ...

    def update(self, document: StoredDocument) -> bool:
        """Replace all but `kept_at`; False when there is no row."""
        ...

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> Sequence[str]:
        """The ids of at most `limit` clients with live Authorizations whose review is due; they are due again then.

        No two processes get the same ones.
        """
        ...


class InitialAccessTokenStore(Protocol):
    """Initial access tokens at rest."""

    def add(self, token: InitialAccessToken) -> None: ...
    def spend(self, token_hash: bytes, now: datetime) -> InitialAccessToken | None:
        """Take one use of a live token, in one statement whose row count is the verdict; None when none is left."""
        ...

    def list(self) -> Sequence[InitialAccessToken]: ...
    def revoke(self, token_id: str, at: datetime) -> bool: ...


class AccessRequestStore(Protocol):
    """People who wait for an administrator to allow a client."""

    def add(self, request: AccessRequest) -> None:
        """Insert it, unless the same person waits for the same subject already."""
        ...

    def find(self, user_id: str, subject: str) -> AccessRequest | None: ...
    def count(self) -> int: ...
    def count_of_user(self, user_id: str) -> int: ...
    def evict_oldest(self, *, keep: int) -> int:
        """Delete the oldest above `keep`; return how many went."""
        ...

    def list(self) -> Sequence[AccessRequest]:
        """Every one, the oldest first."""
        ...

    def take(self, request_id: str) -> AccessRequest | None:
        """Delete it and return it: for one caller, ever."""
        ...

    def settle(self, subject: str, user_id: str | None = None) -> int:
        """Delete every one about that subject, or one person's; return how many went."""
        ...
