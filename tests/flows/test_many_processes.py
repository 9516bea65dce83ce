"""Several servers and the command line on one database at once (architecture.md T11, T12)."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from threading import Barrier

import httpx2
import pytest

from tests.flows.node import Node
from tests.flows.sdk_client import REDIRECT, claims_of, kid_of
from tests.flows.server_process import (
    EMAIL,
    START_SECONDS,
    ServerProcess,
    environment_for,
    free_port,
    make_account,
    started,
    wait_until_ready,
)

CACHE_SECONDS = 5
"""No process believes anything for longer (T12)."""
PATIENCE = CACHE_SECONDS + 3
"""The bound, and what a busy machine may add to an answer."""
RACERS = 50
KINDS = ("sqlite", "postgres", "workers")


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes of one installation."""

    nodes: Sequence[Node]

    @property
    def any_server(self) -> ServerProcess:
        return self.nodes[0].server

    def command(self, *arguments: str) -> str:
        return self.any_server.command(*arguments)


@pytest.fixture(scope="module", params=KINDS)
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two servers on one SQLite file or on one PostgreSQL, or two workers of one server.

    Nothing was there before: both make the database, the secret and the keys at the same moment as two commands.
    """
    folder, ports = tmp_path_factory.mktemp("cluster"), [free_port(), free_port()]
    issuer = f"http://localhost:{ports[0]}"
    settings = {"mcp_base_url": issuer, "rate_limits": "off"}
    if request.param != "sqlite":
        make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        settings |= {"database_url": make(), "secret_key": secrets.token_hex(32)}
    environment = environment_for(folder / "data", **settings)
    options = ["--workers", "2"] if request.param == "workers" else []
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        logs = [folder / f"log{number}" for number in range(1 if options else 2)]
        servers = [
            stack.enter_context(started(environment, log, *options, port=port))
            for log, port in zip(logs, ports, strict=False)
        ]
        commands = [pool.submit(make_account, environment, email) for email in (EMAIL, "second@example.com")]
        for command in commands:
            command.result()
        for server, log in zip(servers, logs, strict=True):
            wait_until_ready(server, log)
        nodes = [Node(server, issuer) for server in islice(cycle(servers), 2)]
        for node in nodes:
            stack.callback(node.close)
            assert 303 == node.sign_in().status_code
        yield Cluster(nodes)


@pytest.fixture
def nodes(cluster: Cluster) -> Sequence[Node]:
    return cluster.nodes


def connected(node: Node, client_id: str) -> dict[str, str]:
    """Tokens of a new connection, made on that node."""
    answer = node.redeem(client_id, node.code(client_id), node.verifier)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def until_all(checks: Sequence[Callable[[], bool]]) -> None:
    """Wait until each holds, five times in a row because workers take turns; they must within the bound."""
    deadline = time.monotonic() + PATIENCE
    for check in checks:
        in_a_row = 0
        while in_a_row < 5:
            in_a_row = in_a_row + 1 if check() else 0
            if not in_a_row:
                assert time.monotonic() < deadline, "not known everywhere in time"
                time.sleep(0.05)


def test_whoever_starts_at_the_same_moment_shares_the_first_keys(cluster: Cluster) -> None:
    """T11: made once, under one lock; each node accepts what the other signed."""
    first, second = cluster.nodes
    accounts = json.loads(cluster.command("users", "list", "--json"))
    tokens = [connected(node, node.register())["access_token"] for node in cluster.nodes]

    assert {EMAIL, "second@example.com"} <= {account["email"] for account in accounts}
    assert 2 == len(first.key_ids())
    assert first.key_ids() == second.key_ids()
    assert 1 == len({kid_of(token) for token in tokens})
    assert [200] * 4 == [node.use(token) for node in cluster.nodes for token in tokens]


def test_an_account_made_by_a_command_signs_in_at_once(cluster: Cluster) -> None:
    """No restart, no wait, on every node; and a session of one is a session of the other."""
    make_account(cluster.any_server.environment, "late@example.com")
    visitors = [Node(node.server, node.issuer) for node in cluster.nodes]
    statuses = [visitor.sign_in("late@example.com").status_code for visitor in visitors]
    visitors[1].browser.cookies.update(visitors[0].browser.cookies)
    account = visitors[1].browser.get(f"{visitors[1].server.base}/account")
    for visitor in visitors:
        visitor.close()

    assert [303, 303] == statuses
    assert "late@example.com" in account.text


def test_a_code_is_redeemed_and_refreshed_on_the_other_node(nodes: Sequence[Node]) -> None:
    """Nothing of a flow lives in one process."""
    first, second = nodes
    client_id = first.register()
    answer = second.redeem(client_id, first.code(client_id), first.verifier)
    rotated = first.refresh(client_id, answer.json()["refresh_token"])
    again = second.refresh(client_id, rotated.json()["refresh_token"])

    assert [200, 200, 200] == [answer.status_code, rotated.status_code, again.status_code]
    assert [200, 200] == [node.use(again.json()["access_token"]) for node in nodes]


def raced(nodes: Sequence[Node], act: Callable[[Node], httpx2.Response]) -> list[httpx2.Response]:
    """So many at once, in turns over the nodes."""
    start = Barrier(RACERS)

    def go(node: Node) -> httpx2.Response:
        start.wait()
        return act(node)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(go, islice(cycle(nodes), RACERS)))


def test_of_fifty_racers_one_redeems_the_code(nodes: Sequence[Node]) -> None:
    """RFC 6749 §4.1.2: whatever the process, one conditional UPDATE decides; the others are a replay."""
    client_id = nodes[0].register()
    code, verifier = nodes[0].code(client_id), nodes[0].verifier
    answers = raced(nodes, lambda node: node.redeem(client_id, code, verifier))
    refused = [answer for answer in answers if answer.status_code != 200]

    assert RACERS - 1 == len(refused)
    assert {(400, "invalid_grant")} == {(answer.status_code, answer.json()["error"]) for answer in refused}


def test_fifty_racers_refresh_to_one_successor(nodes: Sequence[Node]) -> None:
    """A client of many processes is not signed out by its own haste (architecture.md section 3)."""
    client_id = nodes[0].register()
    refresh_token = connected(nodes[0], client_id)["refresh_token"]
    answers = raced(nodes, lambda node: node.refresh(client_id, refresh_token))

    assert [200] * RACERS == [answer.status_code for answer in answers]
    assert 1 == len({answer.json()["refresh_token"] for answer in answers})


def test_a_connection_ended_on_one_node_is_refused_on_the_other(nodes: Sequence[Node]) -> None:
    """The revocation feed (T12), in both directions; refreshing ends at once."""
    clients = [node.register() for node in nodes]
    tokens = [connected(node, client_id) for node, client_id in zip(nodes, clients, strict=True)]
    before = {node.use(token["access_token"]) for node in nodes for token in tokens}
    for node, token in zip(nodes, tokens, strict=True):
        node.disconnect(str(claims_of(token["access_token"])["gid"]))
    refreshed = [
        node.refresh(client_id, token["refresh_token"]).status_code
        for node in nodes
        for client_id, token in zip(clients, tokens, strict=True)
    ]

    assert {200} == before
    assert [400] * 4 == refreshed
    until_all(
        [lambda n=node, t=token: 401 == n.use(t["access_token"]) for node in nodes for token in tokens],
    )


def made_by_the_operator(cluster: Cluster) -> str:
    """A client's id, as the command prints it."""
    said = cluster.command("clients", "create", "--name", "X", "--redirect-uri", REDIRECT, "--json")
    return json.loads(said)["client_id"]


def test_a_client_ended_by_a_command_is_refused_on_every_node(cluster: Cluster) -> None:
    """Blocked or deleted, though each node has it in its cache: at once at the token endpoint, soon everywhere."""
    nodes = cluster.nodes
    blocked, deleted = nodes[0].register(), made_by_the_operator(cluster)
    tokens = {client_id: connected(nodes[0], client_id) for client_id in (blocked, deleted)}
    asked = [(node, client_id) for node in nodes for client_id in tokens]
    before = [node.browser.get(node.authorization_url(client_id)).status_code for node, client_id in asked]
    cluster.command("clients", "block", blocked)
    cluster.command("clients", "delete", deleted)
    refreshed = {node.refresh(client_id, tokens[client_id]["refresh_token"]).status_code for node, client_id in asked}

    assert [200] * 4 == before
    assert refreshed <= {400, 401}
    until_all(
        [
            lambda n=node, c=client_id: 200 != n.browser.get(n.authorization_url(c)).status_code
            for node, client_id in asked
        ]
    )
    until_all([lambda n=node, c=client_id: 401 == n.use(tokens[c]["access_token"]) for node, client_id in asked])


def test_every_node_follows_a_rotation_of_the_keys_and_rejects_no_token(cluster: Cluster) -> None:
    """T11, T12: the next key is known before it signs, and the retired one for as long as its tokens live."""
    nodes = cluster.nodes
    client_id = nodes[0].register()
    tokens = connected(nodes[0], client_id)
    held, statuses = [tokens["access_token"]], set[int]()
    old_kid = kid_of(held[0])
    rotation = subprocess.Popen(
        [sys.executable, "-m", "doorward", "keys", "rotate"],
        env=dict(cluster.any_server.environment),
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + START_SECONDS
    rotated_at: float | None = None
    refresh_token, known = tokens["refresh_token"], set[int]()
    try:
        while not (rotated_at and len(known) == len(nodes)):
            if rotated_at is None and rotation.poll() is not None:
                rotated_at = time.monotonic()
                deadline = rotated_at + PATIENCE
            assert time.monotonic() < deadline
            for number, node in enumerate(nodes):
                answer = node.refresh(client_id, refresh_token)
                assert 200 == answer.status_code, answer.text
                refresh_token = answer.json()["refresh_token"]
                held.append(answer.json()["access_token"])
                if kid_of(held[-1]) != old_kid:
                    known.add(number)
                statuses |= {other.use(token) for other in nodes for token in (held[0], held[-1])}
    finally:
        rotation.wait()

    assert 0 == rotation.returncode
    assert {200} == statuses
    until_all([lambda n=node: len(n.key_ids()) >= 3 for node in nodes])
    assert all({kid_of(token) for token in held} <= node.key_ids() for node in nodes)
