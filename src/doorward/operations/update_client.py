"""Change the metadata of a client that has a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_keys import read_keys
from doorward.oauth.client_metadata import same_credential
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import VENDOR_SCHEMES
from doorward.oauth.scope import Scope
from doorward.operations.create_client import (
    checked_grant_types,
    checked_name,
    checked_redirect_uris,
    checked_scope,
    require_signing,
)
from doorward.operations.ports import ServerDatabase, Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanges:
    """What shall be different; None leaves it as it is."""

    name: str | None = None
    redirect_uris: tuple[str, ...] | None = None
    """All of them: those that are not named go."""
    grant_types: tuple[str, ...] | None = None
    auth_method: str | None = None
    """Another way to present the credential it has; a client never gains or loses one."""
    jwks: object = None
    """Its public keys from now on, a JWK Set; the ones it had go."""
    jwks_uri: str | None = None
    """Where it publishes them from now on."""
    scope: str | None = None
    """Empty for every scope."""
    trusted: bool | None = None
    shared: bool | None = None
    """Whether people other than its owner may connect it."""

    @property
    def changes_keys(self) -> bool:
        """Whether it gets other keys."""
        return self.jwks is not None or self.jwks_uri is not None


def update_client(
    database: ServerDatabase,
    *,
    client_id: str,
    changes: ClientChanges,
    scopes_supported: Scope | None = None,
    schemes: frozenset[str] = VENDOR_SCHEMES,
    owner_id: str | None = None,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> Client | None:
    """Return the client as it is now; None when there is none.

    With an `owner_id`, other people's clients and those of operators do not exist. Only what is named is written, so
    that two changes at once undo nothing of each other. A client that is no longer shared loses the connections of
    everybody but its owner in the same transaction; so does one whose owner makes another client of it, since an
    administrator shared what it was. Codes that went to a redirect URI that is removed are void.

    Raises:
        InvalidRedirectUri, InvalidClientMetadata: nothing has changed.
    """
    checked = _checked(changes, scopes_supported, schemes, now)

    def unit(stores: Stores) -> Client | None:
        stores.clients.hold(exclusive=True)
        client = stores.clients.find(client_id)
        if client is None or (owner_id is not None and client.owner_id != owner_id):
            return None
        _require_possible(client, changes)
        if not checked:
            return client
        becomes_another = owner_id is not None and client.shared_at is not None and _is_another(client, checked)
        values = {**checked, "shared_at": None} if becomes_another else checked
        changed = stores.clients.update(client_id, values)
        is_unshared = becomes_another or changes.shared is False
        ended = _end_what_was_shared(stores, client, now) if is_unshared else 0
        if changed is not None and "redirect_uris" in values:
            stores.codes.void_of_removed_uris(client_id, changed.redirect_uris, at=now)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_UPDATED,
                at=now,
                user_id=by_user or owner_id,
                client_id=client_id,
                context=context,
                detail={
                    "by": "operator" if owner_id is None else "owner",
                    "changed": " ".join(sorted(values)),
                    "authorizations": ended,
                },
            )
        )
        return changed

    return database.write(unit)


def _checked(
    changes: ClientChanges, scopes_supported: Scope | None, schemes: frozenset[str], now: datetime
) -> Mapping[str, object]:
    """The columns to write."""
    values: dict[str, object] = {}
    if changes.name is not None:
        values["client_name"] = _required_name(changes.name)
    if changes.redirect_uris is not None:
        values["redirect_uris"] = checked_redirect_uris(changes.redirect_uris, schemes)
    if changes.grant_types is not None:
        values["grant_types"] = checked_grant_types(changes.grant_types)
    if changes.auth_method is not None:
        values["token_endpoint_auth_method"] = changes.auth_method
    if changes.changes_keys:
        keys = read_keys(jwks=changes.jwks, jwks_uri=changes.jwks_uri)
        values |= {"jwks": keys.jwks, "jwks_uri": keys.jwks_uri}
    if changes.scope is not None:
        values["scope"] = checked_scope(changes.scope, scopes_supported)
    if changes.trusted is not None:
        values["trusted"] = changes.trusted
    if changes.shared is not None:
        values["shared_at"] = now if changes.shared else None
    return values


def _required_name(name: str) -> str:
    checked = checked_name(name)
    if checked is None:
        raise InvalidClientMetadata("the client name must not be empty")
    return checked


def _require_possible(client: Client, changes: ClientChanges) -> None:
    """Refuse what is of no effect or of too much."""
    if changes.auth_method is not None and not same_credential(
        client.token_endpoint_auth_method, changes.auth_method, CLIENT_AUTH_METHODS
    ):
        raise InvalidClientMetadata("the client authentication method must use the credential the client has")
    if changes.changes_keys:
        require_signing(client.token_endpoint_auth_method)
    is_operators = client.origin is ClientOrigin.OPERATOR
    if changes.trusted and not is_operators:
        raise InvalidClientMetadata("only a client that an operator registered can be trusted")
    if changes.scope and not is_operators:
        raise InvalidClientMetadata("only a client that an operator registered can be held to a scope")
    if changes.shared is not None and client.owner_id is None:
        raise InvalidClientMetadata("only a client that a person made for themself can be shared")


def _is_another(client: Client, values: Mapping[str, object]) -> bool:
    """Whether it is another client than the one that was shared.

    It has another name, other places that are answered, other keys, or a grant more. A grant less makes no other
    client, nor does a new secret, which this server makes for the same person.
    """
    uris, grants = (
        frozenset(cast("Sequence[str]", values.get(name, getattr(client, name))))
        for name in ("redirect_uris", "grant_types")
    )
    same = ("client_name", "jwks", "jwks_uri")
    return (
        any(values.get(name, getattr(client, name)) != getattr(client, name) for name in same)
        or uris != frozenset(client.redirect_uris)
        or not grants <= frozenset(client.grant_types)
    )


def _end_what_was_shared(stores: Stores, client: Client, now: datetime) -> int:
    return stores.authorizations.revoke_of_client(
        client.client_id, at=now, reason="client_not_shared", but_of=client.owner_id
    )
