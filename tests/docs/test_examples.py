"""The examples of the pages work: commands exist, settings exist, snippets parse and run."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.reference.cli import commands
from doorward import Doorward
from doorward.settings import Settings
from doorward.settings.model import variable
from tests.docs.pages import ROOT, all_pages, fences, name_of

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


@pytest.mark.parametrize(("page", "line"), make_calls())
def test_a_make_target_of_the_pages_exists(page: str, line: str):
    target = shlex.split(line, comments=True)[1]

    assert re.search(rf"^{target}:.*## ", MAKEFILE, re.MULTILINE), f"{page}: {line}"


@pytest.mark.parametrize(("page", "line"), doorward_calls())
def test_a_command_of_the_pages_exists_with_its_options(page: str, line: str):
    words = shlex.split(line, comments=True)
    found = next((command for name, command in COMMANDS.items() if tuple(words[: len(name)]) == name), None)

    assert found is not None, f"{page}: doorward {line}"
    known = {option for parameter in found.params for option in parameter.opts}
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
async def test_the_snippet_that_protects_a_server_answers_the_challenge():
    """RFC 9728 §5.1: the first call of a client learns where the metadata is."""
    (snippet,) = fences(ROOT / "docs" / "how-to" / "protect-your-server.md", "python")
    names: dict[str, Any] = {"my_mcp_server": None}  # Any: whatever the snippet binds
    exec(compile(snippet, "snippet", "exec"), names)  # noqa: S102 - our own page
    sent: list[dict[str, Any]] = []  # Any: ASGI messages

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await names["app"]({"type": "http", "method": "POST", "path": "/http", "headers": []}, receive, send)
    names["app"].close()

    challenge = dict(sent[0]["headers"])[b"www-authenticate"]
    assert 401 == sent[0]["status"]
    assert b'resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/http"' in challenge
