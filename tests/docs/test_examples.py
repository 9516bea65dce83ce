"""The examples of the pages work: commands exist, settings exist, snippets parse and run."""

import io
import json
import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dev.reference.cli import commands
from doorward import Doorward
from doorward.jose import jwt
from doorward.jose.jwk import generate_key
from doorward.jose.jwks import PublicKeys
from doorward.resource_server.asgi import App, Message, Receive, Scope, Send
from doorward.resource_server.bearer_auth import verified_token
from doorward.settings import Settings
from doorward.settings.model import variable
from tests.docs.pages import ROOT, all_pages, fences, name_of
from tests.resource_server.sources import good_claims

MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
FOREIGN = {"DOORWARD_BIN", "DOORWARD_PORT", "DOORWARD_PORT_", "DOORWARD_SERVICE_", "DOORWARD_"}
COMMANDS = {tuple(words[1:]): command for words, command in commands()}


def shell_lines(page: Path) -> Iterator[str]:
    """The commands of a page, with continued lines joined."""
    for text in fences(page, "sh"):
        yield from (line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip())


def all_shell_lines() -> list[tuple[str, str]]:
    return [(name_of(page), line) for page in all_pages() for line in shell_lines(page)]


def make_calls() -> list[tuple[str, str]]:
    return [(page, line) for page, line in all_shell_lines() if line.startswith("make ")]


def doorward_calls() -> list[tuple[str, str]]:
    direct = [
        (page, match[1])
        for page, line in all_shell_lines()
        if (match := re.match(r"(?:[A-Z_]+=\S+ )*doorward (.+)", line))
    ]
    through_make = [(page, match[1]) for page, line in make_calls() if (match := re.search(r'ARGS="([^"]+)"', line))]
    return direct + through_make


def account_page_menus() -> list[str]:
    """The ways through a client's menus that the account page names."""
    template = (ROOT / "src" / "doorward" / "web" / "templates" / "account.html").read_text("utf-8")
    return re.findall(r"(Settings, [\w, ]+)", template)


@pytest.mark.parametrize(("page", "line"), make_calls())
def test_a_make_target_of_the_pages_exists(page: str, line: str):
    target = shlex.split(line, comments=True)[1]

    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), f"{page}: {line}"


@pytest.mark.parametrize(("page", "line"), doorward_calls())
def test_a_command_of_the_pages_exists_with_its_options(page: str, line: str):
    words = shlex.split(line, comments=True)
    found = next((command for name, command in COMMANDS.items() if tuple(words[: len(name)]) == name), None)

    assert found is not None, f"{page}: doorward {line}"
    known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("page", all_pages(), ids=name_of)
def test_a_page_names_only_settings_that_exist(page: Path):
    named = set(re.findall(r"DOORWARD_[A-Z_]*", page.read_text("utf-8")))

    assert set[str]() == named - {variable(name) for name in Settings.model_fields} - FOREIGN


@pytest.mark.parametrize(
    "text", [text for page in all_pages() for text in fences(page, "json")], ids=lambda text: text[:40]
)
def test_a_json_snippet_is_json(text: str):
    assert json.loads(text)


def test_the_snippet_that_embeds_the_server_makes_an_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DOORWARD_DATA_DIR", str(tmp_path))
    (snippet,) = fences(ROOT / "docs" / "how-to" / "embed.md", "python")
    names: dict[str, Any] = {}  # Any: whatever the snippet binds
    exec(compile(snippet, "snippet", "exec"), names)  # noqa: S102 - our own page

    assert isinstance(names["app"], Doorward)


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_snippet_that_protects_a_server_challenges_strangers_and_lets_good_tokens_in(
    monkeypatch: pytest.MonkeyPatch,
):
    """RFC 9728 §5.1: the first call of a client learns where the metadata is; RFC 7517 §5: keys from the JWK Set."""
    key = generate_key()
    document = json.dumps(PublicKeys([key.public]).as_document()).encode()
    fetched = list[str]()

    def urlopen(address: str, *, timeout: float) -> io.BytesIO:
        fetched.append(address)
        return io.BytesIO(document)

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    (snippet,) = fences(ROOT / "docs" / "how-to" / "protect-your-server.md", "python")
    subjects = list[str]()

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        subjects.append(verified_token(scope).subject)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    names: dict[str, Any] = {"my_mcp_server": server, "__name__": "snippet"}  # Any: whatever the snippet binds
    exec(compile(snippet, "snippet", "exec"), names)  # noqa: S102 - our own page
    issuer, issued = names["ISSUER"], int(datetime.now(UTC).timestamp())
    claims = {**good_claims(), "iss": issuer, "aud": f"{issuer}/http", "iat": issued, "exp": issued + 60}

    stranger = await first_message_of(names["app"])
    friend = await first_message_of(names["app"], token=jwt.sign(key, claims, typ="at+jwt"))
    names["app"].close()

    challenge = dict(stranger["headers"])[b"www-authenticate"]
    assert 401 == stranger["status"]
    assert b'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/http"' in challenge
    assert (200, ["user-1"]) == (friend["status"], subjects)
    assert {"https://mcp.example.com/.well-known/jwks.json"} == set(fetched)


async def first_message_of(app: App, *, token: str | None = None) -> Message:
    """What an ASGI application begins its answer to a POST with."""
    sent = list[Message]()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    await app({"type": "http", "method": "POST", "path": "/http", "headers": headers}, receive, send)
    return sent[0]


@pytest.mark.parametrize("path", account_page_menus())
def test_the_account_page_the_readme_and_the_guide_name_the_same_menus(path: str):
    arrows = path.replace(", ", " → ")

    assert arrows in (ROOT / "README.md").read_text("utf-8")
    assert arrows in (ROOT / "docs" / "how-to" / "connect-clients.md").read_text("utf-8")
