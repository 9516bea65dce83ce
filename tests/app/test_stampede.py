"""Many sign-ins at once: hashing keeps to its memory budget, and nothing else waits for it (F-16)."""

import threading
from pathlib import Path

import anyio
import httpx2
import pytest

from doorward.app import create_app, open_installation
from doorward.app.policies import hashes_at_once
from doorward.app.web_app import WORKER_THREADS
from doorward.identity.passwords import HashCost, Passwords
from doorward.settings import Settings

pytestmark = pytest.mark.anyio
SIGN_INS = 500


class CountingPasswords(Passwords):
    """Counts the verifications that run at once, and holds them where a test says so."""

    def __init__(self, *, held: bool) -> None:
        super().__init__(cost=HashCost(memory_kib=64, passes=1))
        self.most_at_once = 3
        self.may_go_on, self.has_begun = threading.Event(), threading.Event()
        self.running = self.most_seen = self.done = 0
        self._counting = threading.Lock()
        if not held:
            self.may_go_on.set()

    def verify(self, password_hash: str | None, password: str) -> bool:
        with self._counting:
            self.running += 1
            self.most_seen = max(self.most_seen, self.running)
        self.has_begun.set()
        self.may_go_on.wait()
        matches = super().verify(password_hash, password)
        with self._counting:
            self.running -= 1
            self.done += 1
        return matches


async def sign_in_many(client: httpx2.AsyncClient, count: int) -> None:
    async with anyio.create_task_group() as group:
        for number in range(count):
            body = {"email": f"{number}@example.com", "password": "not the one"}
            group.start_soon(lambda body=body: client.post("/api/users/login", json=body))


async def test_a_stampede_of_sign_ins_stays_within_the_budget_while_tokens_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every thread of hashing is held: with threads shared, the token endpoint could not answer at all."""
    passwords = CountingPasswords(held=True)
    monkeypatch.setattr("doorward.app.installation.Passwords", lambda: passwords)
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "rate_limits": "off", "log_level": "error"})
    answers: list[httpx2.Response] = []
    held = -1
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        transport = httpx2.ASGITransport(app=app)
        client = httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000")
        async with app.running(), client, anyio.create_task_group() as group:
            group.start_soon(sign_in_many, client, SIGN_INS)
            await anyio.to_thread.run_sync(passwords.has_begun.wait)
            form = {"grant_type": "authorization_code", "client_id": "dwd_unknown", "code": "x"}
            answers = [await client.post("/api/oauth/token", data=form) for _ in range(2 * WORKER_THREADS)]
            held = passwords.done
            passwords.may_go_on.set()

    assert {401} == {answer.status_code for answer in answers}
    assert 0 == held
    assert SIGN_INS == passwords.done
    assert 1 <= passwords.most_seen <= passwords.most_at_once


def test_as_many_hash_at_once_as_memory_allows_and_never_every_core(monkeypatch: pytest.MonkeyPatch):
    budgets = [Passwords(memory_budget_kib=slots * 1024, cost=HashCost(memory_kib=1024)) for slots in (1, 4, 64)]
    found = []
    for cores in (1, 2, 8):
        monkeypatch.setattr("doorward.app.policies.os.cpu_count", lambda cores=cores: cores)
        found.append([hashes_at_once(passwords) for passwords in budgets])

    assert [[1, 1, 1], [1, 1, 1], [1, 4, 7]] == found
