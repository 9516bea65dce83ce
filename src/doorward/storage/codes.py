"""Authorization codes at rest."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, insert, select, update

from doorward.oauth.records import AuthorizationCode
from doorward.oauth.redirect_uri import matches
from doorward.storage import schema
from doorward.storage.statements import values_of

_codes = schema.codes
_authorizations = schema.authorizations

_FIND = select(_codes).where(_codes.c.code_hash == bindparam("key"))
_ADD = insert(_codes)


class SqlCodes:
    """The code store; redeeming is the token path's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, code_hash: bytes) -> AuthorizationCode | None:
        """Find one by its hash, for the token path."""
        row = self._connection.execute(_FIND, {"key": code_hash}).mappings().first()
        return None if row is None else AuthorizationCode(**row)

    def add(self, code: AuthorizationCode) -> None:
        self._connection.execute(_ADD, values_of(code))

    def void_unredeemed(self, authorization_id: bytes, *, at: datetime) -> bool:
        """Kill the live codes of an Authorization; False when one was redeemed already.

        The Authorization's row is locked first, as redemption does, so that of two clicks at once only one
        leaves a live code behind, and so that neither can wait for the other for ever.
        """
        lock = select(_authorizations.c.id).where(_authorizations.c.id == authorization_id).with_for_update()
        self._connection.execute(lock).all()
        of_authorization = _codes.c.authorization_id == authorization_id
        unredeemed = of_authorization & _codes.c.consumed_at.is_(None) & _codes.c.voided_at.is_(None)
        self._connection.execute(update(_codes).where(unredeemed).values(voided_at=at))
        redeemed = select(exists().where(of_authorization, _codes.c.consumed_at.is_not(None)))
        return not self._connection.scalar(redeemed)

    def void_of_removed_uris(self, client_id: str, redirect_uris: Iterable[str], *, at: datetime) -> None:
        """Kill the live codes of a client that went to none of these; the expired ones are dead anyway."""
        kept = tuple(redirect_uris)
        live = (
            (_codes.c.client_id == client_id)
            & (_codes.c.expires_at > at)
            & _codes.c.consumed_at.is_(None)
            & _codes.c.voided_at.is_(None)
        )
        used = self._connection.scalars(select(_codes.c.redirect_uri).where(live).distinct()).all()
        removed = [uri for uri in used if not any(matches(registered, uri) for registered in kept)]
        if removed:
            gone = update(_codes).where(live, _codes.c.redirect_uri.in_(removed))
            self._connection.execute(gone.values(voided_at=at))

    def count_failure(self, code_hash: bytes) -> None:
        counted = update(_codes).where(_codes.c.code_hash == code_hash)
        self._connection.execute(counted.values(failed_attempts=_codes.c.failed_attempts + 1))
