"""The session store: live sessions of enabled users, of the kind that was asked for."""

from datetime import timedelta

from doorward.identity.records import Session, SessionKind, SignedIn, User
from doorward.storage import Database
from tests.builders import NOW, a_session, given_a_plain_user


def given_a_session(database: Database, user: User, **given: object) -> Session:
    session = a_session(user.id, **given)
    database.write(lambda stores: stores.sessions.add(session))
    return session


def found(database: Database, session: Session, *, kind: SessionKind | None = None, now=NOW) -> SignedIn | None:
    return database.read(lambda stores: stores.sessions.find_signed_in(session.token_hash, kind or session.kind, now))


def test_a_session_is_found_with_its_user(database: Database):
    user = given_a_plain_user(database, is_administrator=True)
    session = given_a_session(database, user, authenticated_at=NOW - timedelta(hours=1))

    assert SignedIn(session=session, user=user) == found(database, session)


def test_a_session_of_one_kind_is_never_another(database: Database):
    """A bearer session is no cookie and a cookie no bearer session (threats.md S07)."""
    user = given_a_plain_user(database)
    for own, other in ((SessionKind.BROWSER, SessionKind.BEARER), (SessionKind.BEARER, SessionKind.BROWSER)):
        session = given_a_session(database, user, kind=own)

        assert found(database, session)
        assert found(database, session, kind=other) is None


def test_a_session_ends_at_its_instant(database: Database):
    session = given_a_session(database, given_a_plain_user(database))

    assert found(database, session, now=session.expires_at - timedelta(microseconds=1))
    assert found(database, session, now=session.expires_at) is None


def test_a_disabled_user_is_not_signed_in(database: Database):
    user = given_a_plain_user(database)
    session = given_a_session(database, user)

    database.write(lambda stores: stores.users.disable(user.id, NOW))

    assert found(database, session) is None


def test_a_session_is_deleted_once(database: Database):
    session = given_a_session(database, given_a_plain_user(database))

    assert database.write(lambda stores: stores.sessions.delete(session.token_hash))
    assert not database.write(lambda stores: stores.sessions.delete(session.token_hash))
    assert found(database, session) is None


def test_every_session_of_a_user_is_deleted_and_none_of_another(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    for _ in range(3):
        given_a_session(database, user)
    kept = given_a_session(database, other)

    assert 3 == database.write(lambda stores: stores.sessions.delete_of_user(user.id))
    assert found(database, kept)
