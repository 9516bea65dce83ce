"""The seed's tables are adopted: clients that are acceptable today, and none of its codes."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from doorward.oauth.records import Client, ClientOrigin
from doorward.storage import Database, ForeignTables, open_database

# The columns of the seed's INSERT statements; their types are not in the seed, so every likely one is tried.
CLIENTS = """
    CREATE SCHEMA mcp;
    CREATE TABLE mcp.oauth_clients (
        {more}client_id {text} {key}, client_name {text}, client_uri {text}, redirect_uris {uris}, created_at {time}
    );
"""
CODES = """
    CREATE TABLE mcp.oauth_codes (
        code text PRIMARY KEY, user_email text NOT NULL, user_id text, client_id text NOT NULL,
        redirect_uri text NOT NULL, code_challenge text, code_challenge_method text,
        expires_at {time} NOT NULL, used boolean DEFAULT FALSE, created_at {time}
    );
    CREATE INDEX ix_oauth_codes_expires_at ON mcp.oauth_codes (expires_at);
"""
SEED_CLIENT = """
    INSERT INTO mcp.oauth_clients (
        client_id, client_name, client_uri, redirect_uris, created_at
    ) VALUES (%s, %s, %s, %s, NOW())
    ON CONFLICT (client_id) DO NOTHING
"""
SEED_CODE = """
    INSERT INTO mcp.oauth_codes (
        code, user_email, user_id, client_id, redirect_uri,
        code_challenge, code_challenge_method,
        expires_at, used, created_at
    ) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, FALSE, NOW())
"""
SHAPES = [
    {"text": "text", "uris": "text", "time": "timestamp", "key": "PRIMARY KEY", "more": ""},
    {
        "text": "text",
        "uris": "jsonb",
        "time": "timestamptz",
        "key": "UNIQUE NOT NULL",
        "more": "id serial PRIMARY KEY, ",
    },
    {"text": "varchar(255)", "uris": "json", "time": "timestamptz DEFAULT now()", "key": "PRIMARY KEY", "more": ""},
]
CALLBACK = "https://claude.example/api/mcp/auth_callback"


class Seed:
    """A database as the seed left it."""

    def __init__(self, url: str, shape: dict[str, str]) -> None:
        self.url = url
        self.connection = psycopg.connect(url, autocommit=True)
        self.run(CLIENTS.format(**shape))
        self.run(CODES.format(**shape))

    def run(self, statement: str, *values: object) -> None:
        self.connection.execute(statement.encode(), values or None)

    def register(
        self, client_id: str, redirect_uris: object, name: str | None = "Claude", uri: str | None = ""
    ) -> None:
        self.run(SEED_CLIENT, client_id, name, uri, json.dumps(redirect_uris))

    def adopt(self) -> dict[str, Client]:
        database: Database = open_database(self.url)
        try:
            database.upgrade()
            clients = database.read(lambda stores: stores.clients.list())
        finally:
            database.close()
        return {client.client_id: client for client in clients}

    def tables(self) -> set[str]:
        rows = self.connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'mcp'").fetchall()
        return {name for (name,) in rows}


@pytest.fixture(params=SHAPES, ids=lambda shape: f"{shape['uris']} and {shape['time']}")
def seed(request: pytest.FixtureRequest, new_postgres_database: Callable[[], str]) -> Iterator[Seed]:
    seed = Seed(new_postgres_database(), request.param)
    yield seed
    seed.connection.close()


def test_a_client_of_the_seed_becomes_a_public_client(seed: Seed):
    before = datetime.now(UTC)
    seed.register("claude-abc", [CALLBACK, "http://localhost:6274/callback"], uri="https://claude.example")

    client = seed.adopt()["claude-abc"]

    expected = Client(
        client_id="claude-abc",
        origin=ClientOrigin.SEED,
        redirect_uris=(CALLBACK, "http://localhost:6274/callback"),
        created_at=client.created_at,
        client_name="Claude",
        client_uri="https://claude.example",
    )
    assert expected == client
    assert not client.is_confidential
    assert abs(client.created_at - before) < timedelta(minutes=1)


def test_of_several_redirect_uris_the_acceptable_ones_are_kept(seed: Seed):
    """What was never checked is checked now (threats.md S02, S11)."""
    seed.register(
        "mixed",
        [
            "javascript:alert(1)",
            CALLBACK,
            "http://evil.example/cb",
            "https://a.example/#x",
            7,
            None,
            CALLBACK,
            "com.example.app:/cb",
        ],
    )

    assert (CALLBACK, "com.example.app:/cb") == seed.adopt()["mixed"].redirect_uris


WORTHLESS = ([], {}, None, "nonsense", 7, {"uri": CALLBACK}, [[CALLBACK]], ["javascript:alert(1)"], [""])


def test_a_client_without_an_acceptable_redirect_uri_is_left_behind(seed: Seed):
    for number, redirect_uris in enumerate(WORTHLESS):
        seed.register(f"worthless-{number}", redirect_uris)
    seed.register("good", [CALLBACK])

    assert {"good"} == seed.adopt().keys()


def test_a_list_that_was_encoded_twice_is_read(seed: Seed):
    seed.register("twice", json.dumps([CALLBACK]))

    assert (CALLBACK,) == seed.adopt()["twice"].redirect_uris


def test_text_that_is_no_json_and_no_list_at_all_are_left_behind(new_postgres_database: Callable[[], str]):
    seed = Seed(new_postgres_database(), SHAPES[0])
    for client_id, value in (("broken", "[" + CALLBACK), ("empty", ""), ("none", None)):
        seed.run("INSERT INTO mcp.oauth_clients VALUES (%s, 'x', 'x', %s, NOW())", client_id, value)

    assert {} == seed.adopt()
    seed.connection.close()


def test_missing_and_strange_names_are_cleaned(seed: Seed):
    seed.register("nameless", [CALLBACK], name=None, uri=None)
    seed.register("strange", [CALLBACK], name="\u202eevil\n  name" + "x" * 200, uri="javascript:alert(1)")

    clients = seed.adopt()

    assert (None, None) == (clients["nameless"].client_name, clients["nameless"].client_uri)
    strange = clients["strange"]
    assert strange.client_name is not None
    assert strange.client_name.startswith("evil namexxx")
    assert 100 == len(strange.client_name)
    assert strange.client_uri is None


def test_a_time_without_a_zone_is_one_of_the_sessions_zone(new_postgres_database: Callable[[], str]):
    """The seed's `NOW()` was cut to the server's local time (threats.md S13)."""
    seed = Seed(new_postgres_database(), SHAPES[0])
    seed.run("ALTER DATABASE " + str(seed.connection.info.dbname) + " SET timezone = 'Asia/Tokyo'")
    seed.run("INSERT INTO mcp.oauth_clients VALUES ('tokyo', 'x', 'x', %s, '2026-01-01 09:00:00')", f'["{CALLBACK}"]')
    seed.run("INSERT INTO mcp.oauth_clients VALUES ('timeless', 'x', 'x', %s, NULL)", f'["{CALLBACK}"]')

    clients = seed.adopt()

    assert datetime(2026, 1, 1, tzinfo=UTC) == clients["tokyo"].created_at
    assert abs(clients["timeless"].created_at - datetime.now(UTC)) < timedelta(minutes=1)
    seed.connection.close()


def test_the_seeds_codes_are_dropped_and_nothing_of_it_stays(seed: Seed):
    """They were stored in clear (threats.md S15)."""
    seed.register("claude-abc", [CALLBACK])
    expires_at = datetime(2026, 1, 1, tzinfo=UTC)
    seed.run(SEED_CODE, "c0de", "a@example.org", "1", "claude-abc", CALLBACK, None, None, expires_at)

    seed.adopt()

    assert "seed_oauth_clients" not in seed.tables()
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'oauth_codes'"
    names = {name for (name,) in seed.connection.execute(columns).fetchall()}
    assert "code_hash" in names
    assert "code" not in names
    assert [(0,)] == seed.connection.execute("SELECT count(*) FROM mcp.oauth_codes").fetchall()


@pytest.mark.parametrize("missing", ["oauth_clients", "oauth_codes"])
def test_one_of_the_tables_may_be_missing(seed: Seed, missing: str):
    """The seed registered clients even where it had no table for them."""
    seed.register("claude-abc", [CALLBACK])
    seed.run(f"DROP TABLE mcp.{missing}")

    assert (set() if missing == "oauth_clients" else {"claude-abc"}) == seed.adopt().keys()


def test_a_great_many_clients_are_adopted(new_postgres_database: Callable[[], str]):
    """Anybody could register without limit (threats.md S53)."""
    seed = Seed(new_postgres_database(), SHAPES[0])
    seed.run(
        "INSERT INTO mcp.oauth_clients SELECT 'claude-' || n, 'x', '', %s, NOW() FROM generate_series(1, 2500) n",
        f'["{CALLBACK}"]',
    )

    assert 2500 == len(seed.adopt())
    seed.connection.close()


def test_adopted_clients_survive_a_second_upgrade(seed: Seed):
    seed.register("claude-abc", [CALLBACK])

    assert seed.adopt() == seed.adopt()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("infinity", None),
        ("-infinity", datetime(1970, 1, 1, tzinfo=UTC)),
        ("294276-01-01", None),
        ("4000-01-01 BC", datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_times_that_are_none_are_brought_within_reach(seed: Seed, written: str, kept: datetime | None):
    seed.register("claude-abc", [CALLBACK])
    seed.run("UPDATE mcp.oauth_clients SET created_at = %s", written)

    created_at = seed.adopt()["claude-abc"].created_at

    assert abs(created_at - (kept or datetime.now(UTC))) < timedelta(minutes=1)


@pytest.mark.parametrize("table", ["oauth_codes", "oauth_clients"])
def test_a_view_over_a_table_of_the_seed_stops_the_upgrade_with_one_sentence(seed: Seed, table: str):
    """Somebody's report would break: they are told, and nothing is touched."""
    seed.register("claude-abc", [CALLBACK])
    seed.run(f"CREATE VIEW public.report AS SELECT client_id FROM mcp.{table}")  # noqa: S608 - a parameter of this test

    with pytest.raises(ForeignTables, match="other objects depend on it"):
        seed.adopt()

    seed.run("DROP VIEW public.report")
    assert {"claude-abc"} == seed.adopt().keys()


def test_a_page_that_registration_would_not_accept_is_left_behind(seed: Seed):
    pages = ["http://claude.example", "https://", "https:claude", "//claude.example", "https://user@claude.example/"]
    for number, page in enumerate(pages):
        seed.register(f"client-{number}", [CALLBACK], uri=page)

    assert [None] * len(pages) == [client.client_uri for client in seed.adopt().values()]
