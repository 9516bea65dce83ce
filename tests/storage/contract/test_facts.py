"""The facts about an installation."""

from datetime import timedelta

from doorward.operations.ports import Absence
from doorward.storage import Database
from tests.builders import NOW


def test_a_new_database_knows_no_server_secret(database: Database):
    assert () == database.read(lambda stores: stores.facts.key_checks())


def test_the_check_values_are_replaced_as_a_whole(database: Database):
    for values in ((b"\x00\xff", b"old"), (b"new",)):
        database.write(lambda stores, it=values: stores.facts.set_key_checks(it))

        assert values == database.read(lambda stores: stores.facts.key_checks())


def test_since_when_resources_are_missing_is_replaced_as_a_whole(database: Database):
    assert {} == database.read(lambda stores: stores.facts.absent_resources())
    absence = Absence(since=NOW, seen_at=NOW + timedelta(hours=1))
    for since in (
        {"https://a.example/mcp": absence, "https://b.example/mcp": absence},
        {"https://a.example/mcp": absence},
        {},
    ):
        database.write(lambda stores, it=since: stores.facts.set_absent_resources(it))

        assert since == database.read(lambda stores: stores.facts.absent_resources())
