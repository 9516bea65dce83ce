"""What an operator can watch: metrics, request ids and the request log of a running server, without anything secret."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.flows.server_process import (
    EMAIL,
    PASSWORD,
    ServerProcess,
    environment_for,
    free_port,
    serving,
    started,
    wait_until_ready,
)

TOKEN = "a-token-for-the-metrics-of-this-test"
CANARY = "canary-7c41b0"


def scraped(url: str, token: str | None = None) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample, by name and labels, as Prometheus reads it."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    answer = httpx2.get(url, headers=headers)
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def logged(log_file: Path, request_id: str) -> list[str]:
    """The lines of a request in the log, which come a moment after its answer; none if they do not come."""
    for _ in range(200):
        if lines := [line for line in log_file.read_text().splitlines() if request_id in line]:
            return lines
        time.sleep(0.05)
    return []


def use(server: ServerProcess) -> None:
    """Some requests that go well, and some that carry things nobody may see again."""
    base = server.base
    client = {"redirect_uris": ["http://127.0.0.1/callback"], "client_name": CANARY}
    assert 201 == httpx2.post(f"{base}/api/oauth/register", json=client).status_code
    for password, status in ((PASSWORD, 200), (CANARY * 3, 401)):
        body = {"email": EMAIL, "password": password}
        assert status == httpx2.post(f"{base}/api/users/login", json=body).status_code
    form = {"grant_type": "authorization_code", "code": CANARY, "client_id": CANARY, "code_verifier": CANARY * 8}
    assert 401 == httpx2.post(f"{base}/token?code={CANARY}", data=form).status_code
    assert 401 == httpx2.post(f"{base}/http?code={CANARY}", headers={"authorization": f"Bearer {CANARY}"}).status_code
    assert 404 == httpx2.get(f"{base}/{CANARY}?code={CANARY}").status_code
    assert 404 == httpx2.get(f"{base}/setup/{CANARY}").status_code


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics") / "log"


@pytest.fixture(scope="module")
def server(log_file: Path) -> Iterator[ServerProcess]:
    environment = environment_for(log_file.parent / "data", metrics_token=TOKEN, log_format="json")
    with serving(environment, log_file) as running:
        use(running)
        yield running


def test_what_happened_is_counted_by_our_own_names_only(server: ServerProcess):
    found = scraped(f"{server.base}/metrics", TOKEN)

    assert 1 == found["doorward_registrations_total", ()]
    assert 1 == found["doorward_sign_ins_total", (("outcome", "succeeded"),)]
    assert 1 == found["doorward_sign_ins_total", (("outcome", "failed"),)]
    assert 1 == found["doorward_refusals_total", (("error", "invalid_client"),)]
    assert 1 == found["doorward_requests_total", (("endpoint", "/api/oauth/token"), ("status", "4xx"))]
    assert 1 == found["doorward_requests_total", (("endpoint", "/setup/{token}"), ("status", "4xx"))]
    assert 1 == found["doorward_requests_total", (("endpoint", "other"), ("status", "4xx"))]
    assert 1 == found["doorward_request_seconds_count", (("endpoint", "/http"),)]
    assert 0 <= found["doorward_revocation_feed_age_seconds", ()] < 60
    gauges = ("database_load", "hashing_running", "hashing_waiting", "threads_running", "threads_waiting")
    assert [0] * 5 == [found[f"doorward_{name}", ()] for name in gauges]
    assert any(name == "doorward_build_info" and ("database", "sqlite") in labels for name, labels in found)


def test_neither_metrics_nor_log_hold_what_people_and_clients_sent(server: ServerProcess, log_file: Path):
    text = httpx2.get(f"{server.base}/metrics", headers={"authorization": f"Bearer {TOKEN}"}).text
    requests = [line for line in log_file.read_text().splitlines() if '"event": "request"' in line]

    assert len(requests) >= 7
    for secret in (CANARY, EMAIL, PASSWORD, TOKEN, "127.0.0.1/callback"):
        assert secret not in text
        assert not [line for line in requests if secret in line]


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer"])
def test_only_the_bearers_of_the_token_read_them(server: ServerProcess, header: str | None):
    answer = httpx2.get(f"{server.base}/metrics", headers={"authorization": header} if header else {})

    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert 'Bearer realm="metrics"' == answer.headers["www-authenticate"]


def test_every_answer_names_an_id_of_ours_that_the_log_has_too(server: ServerProcess, log_file: Path):
    """One that comes with the request is not believed."""
    answer = httpx2.post(f"{server.base}/token", headers={"x-request-id": CANARY})
    request_id = answer.headers["x-request-id"]
    lines = [json.loads(line) for line in logged(log_file, request_id)]

    assert CANARY != request_id
    assert [("request", "POST", "/api/oauth/token", 400, "invalid_request", "127.0.0.1")] == [
        tuple(line[name] for name in ("event", "method", "route", "status", "error", "address")) for line in lines
    ]
    assert lines[0]["duration_ms"] >= 0


def test_the_audit_event_of_a_request_has_the_same_id(server: ServerProcess):
    answer = httpx2.post(f"{server.base}/api/users/login", json={"email": EMAIL, "password": "wrong"})
    events = json.loads(server.command("audit", "tail", "--json"))

    assert 401 == answer.status_code
    assert answer.headers["x-request-id"] in [event["request_id"] for event in events]


def test_what_machines_do_all_the_time_is_logged_only_when_it_fails(server: ServerProcess, log_file: Path):
    good = httpx2.get(f"{server.base}/.well-known/jwks.json")
    page = httpx2.get(f"{server.base}/sign-in")
    assert logged(log_file, page.headers["x-request-id"])
    assert good.headers["x-request-id"] not in log_file.read_text()


def test_without_a_setting_there_are_none_and_on_their_own_port_there_are(tmp_path: Path):
    port = free_port()
    with serving(environment_for(tmp_path / "data", metrics_port=str(port)), tmp_path / "log") as server:
        here = httpx2.get(f"{server.base}/metrics")
        found = scraped(f"http://127.0.0.1:{port}/metrics")
        elsewhere = httpx2.get(f"http://127.0.0.1:{port}/healthz")

    assert [404, 404] == [here.status_code, elsewhere.status_code]
    assert 1 <= found["doorward_requests_total", (("endpoint", "other"), ("status", "4xx"))]


def test_each_of_several_workers_has_a_port_of_its_own(tmp_path: Path, new_postgres_database: Callable[[], str]):
    """Together they counted every request that was answered."""
    port = free_port()
    environment = environment_for(
        tmp_path / "data", database_url=new_postgres_database(), secret_key="k" * 40, metrics_port=str(port)
    )
    log = tmp_path / "log"
    with started(environment, log, "--workers", "2") as server:
        wait_until_ready(server, log)
        ports = _metrics_ports(log)
        for _ in range(20):
            assert 200 == httpx2.get(f"{server.base}/.well-known/jwks.json").status_code
        counts = [
            found.get(("doorward_requests_total", (("endpoint", "/.well-known/jwks.json"), ("status", "2xx"))), 0)
            for found in (scraped(f"http://127.0.0.1:{number}/metrics") for number in ports)
        ]

    assert 2 == len(set(ports))
    assert all(number >= port for number in ports)
    assert 20 == sum(counts)


def _metrics_ports(log: Path) -> list[int]:
    """The ports that the workers say they took, once both have."""
    for _ in range(200):
        ports = [int(number) for number in re.findall(r"metrics_port_open.*?port\W+(\d+)", log.read_text())]
        if len(ports) == 2:
            return ports
        time.sleep(0.05)
    raise AssertionError(log.read_text())
