"""Documents of clients that a person allowed."""

from datetime import datetime, timedelta

from doorward.oauth.records import StoredDocument
from doorward.storage import Database
from doorward.storage import sweeper as sweeping
from tests.builders import NOW, a_stored_document, given_a_plain_user, given_an_authorization, race

URL = "https://app.example/client.json"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def a_document(client_id: str = URL, **given: object) -> StoredDocument:
    return a_stored_document(client_id=client_id, **given)


def kept(database: Database, *documents: StoredDocument) -> None:
    for document in documents:
        database.write(lambda stores, document=document: stores.client_documents.keep(document))


def found(database: Database, client_id: str = URL) -> StoredDocument | None:
    return database.read(lambda stores: stores.client_documents.find(client_id))


def claimed(database: Database, now: datetime, *, limit: int = 10) -> list[str]:
    return list(database.write(lambda stores: stores.client_documents.claim_due(now, again_at=now + HOUR, limit=limit)))


def test_a_document_comes_back_as_it_went_in(database: Database) -> None:
    document = a_document(body="caf\u00e9".encode(), gone_since=NOW, is_refuted=True)
    kept(database, document)

    assert document == found(database)
    assert found(database, "https://app.example/other.json") is None
    assert found(database, "\x00") is None


def test_keeping_again_replaces(database: Database) -> None:
    newer = a_document(body=b"{}", kept_at=NOW + DAY)
    kept(database, a_document(), newer)

    assert newer == found(database)


def test_an_update_makes_no_row_and_keeps_the_time_of_the_last_yes(database: Database) -> None:
    newer = a_document(body=b"{}", kept_at=NOW + DAY)
    update = lambda stores: stores.client_documents.update(newer)  # noqa: E731

    assert not database.write(update)
    kept(database, a_document())
    assert database.write(update)
    assert a_document(body=b"{}") == found(database)


def test_a_review_is_due_for_connected_clients_only(database: Database) -> None:
    connected, alone = f"{URL}?connected", f"{URL}?alone"
    kept(database, a_document(connected), a_document(alone))
    given_an_authorization(database, given_a_plain_user(database), client_id=connected)

    assert [] == claimed(database, NOW)
    assert [connected] == claimed(database, NOW + HOUR)
    assert [] == claimed(database, NOW + HOUR)
    assert [connected] == claimed(database, NOW + 2 * HOUR)


def test_no_two_claim_the_same(database: Database) -> None:
    user = given_a_plain_user(database)
    for number in range(8):
        kept(database, a_document(f"{URL}?{number}"))
        given_an_authorization(database, user, client_id=f"{URL}?{number}")

    outcomes = race(4, lambda number: claimed(database, NOW + HOUR, limit=4))

    ids = [client_id for outcome in outcomes if isinstance(outcome, list) for client_id in outcome]
    assert len(ids) == len(set(ids))
    assert set(ids) | set(claimed(database, NOW + HOUR)) == {f"{URL}?{number}" for number in range(8)}


def sweep(database: Database, now: datetime) -> int:
    return database.write(lambda stores: stores.sweeper.sweep(now, audit_retention=400 * DAY, limit=100))


def test_a_document_goes_when_nobody_is_connected_any_more(database: Database) -> None:
    kept(database, a_document())
    given_an_authorization(database, given_a_plain_user(database), client_id=URL, expires_at=NOW + 100 * DAY)

    sweep(database, NOW + 99 * DAY)
    assert found(database) is not None
    sweep(database, NOW + 100 * DAY)
    assert found(database) is None


def test_a_document_stays_a_month_whoever_is_connected(database: Database) -> None:
    kept(database, a_document())

    sweep(database, NOW + 29 * DAY)
    assert found(database) is not None
    sweep(database, NOW + 30 * DAY)
    assert found(database) is None


def test_there_is_a_cap_and_the_oldest_go_first(database: Database, monkeypatch) -> None:
    """T8: every table that strangers can make grow has one."""
    monkeypatch.setattr(sweeping, "MAX_CLIENT_DOCUMENTS", 3)
    kept(database, *(a_document(f"{URL}?{n}", kept_at=NOW + timedelta(minutes=n)) for n in range(5)))

    sweep(database, NOW + HOUR)

    assert [False, False, True, True, True] == [found(database, f"{URL}?{n}") is not None for n in range(5)]


def test_clients_described_at_a_host_are_found_by_it_on_any_port(database: Database) -> None:
    """A block of the host ends what they were allowed."""
    user = given_a_plain_user(database)
    for client_id in (URL, "https://app.example:8443/c", "https://app.example.evil/c", "https://sub.app.example/c"):
        given_an_authorization(database, user, client_id=client_id)
    revoke = lambda stores: stores.authorizations.revoke_of_document_host("App.example", at=NOW, reason="x")  # noqa: E731

    assert 2 == database.write(revoke)
    assert 0 == database.write(revoke)


def test_the_newest_authorization_of_a_user_and_client(database: Database) -> None:
    ada, bob = given_a_plain_user(database), given_a_plain_user(database)
    older, newer = (
        given_an_authorization(database, ada, client_id=URL, created_at=NOW + n * HOUR, shown_client=str(n))
        for n in range(2)
    )
    given_an_authorization(database, bob, client_id=URL, created_at=NOW + DAY)
    find = lambda stores: stores.authorizations.find_latest(ada.id, URL)  # noqa: E731

    assert newer == database.read(find)
    database.write(lambda stores: stores.authorizations.revoke(newer.id, at=NOW, reason="x"))
    assert older == database.read(find)
