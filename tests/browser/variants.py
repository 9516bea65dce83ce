"""The pages about a client, for every kind of client there is, without the client."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

from doorward.oauth.interaction import AskAdministrator, ClientIntroduction, Denied
from doorward.oauth.policy import OFFLINE_ACCESS
from doorward.web.pages.access_requests import AccessRequestsPage, Waiting
from doorward.web.pages.problem import EXPIRED_INTERACTION, FAILED, FOREIGN_FORM, NOT_FOUND, STALE_FORM
from doorward.web.pages.steps import ask_administrator_page, consent_page, denied_page
from doorward.web.rendering import render
from doorward.web.words import day
from tests.builders import AN_EMAIL, a_consent_step

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def _client(name: str, host: str, **given: object) -> ClientIntroduction:
    members = {"client_id": "x", "is_verified": False, "runs_on_this_computer": False, **given}
    return ClientIntroduction(name=name, redirect_host=host, **members)  # type: ignore[arg-type]


CLAUDE = _client("Claude", "claude.ai", agent="Claude", vendor="Anthropic", is_agent=True)
CLIENTS = {
    "known": CLAUDE,
    "unverified": _client("Example Agent", "agent.example"),
    "verified": _client("Company notes", "notes.example.com", is_verified=True),
    "looks-like": _client(
        "Cursor", "an app on this computer (cursor://)", runs_on_this_computer=True, agent="Cursor", vendor="Anysphere"
    ),
    "loopback": _client("FastMCP Client", "localhost", runs_on_this_computer=True),
    "relay": _client("Visual Studio Code", "vscode.dev", agent="VS Code", vendor="Microsoft"),
    "documented": _client("Pocket Agent", "pocket.example", verified_host="pocket.example"),
    "documented-elsewhere": _client("Pocket Agent", "evil.example", verified_host="pocket.example"),
    "documented-loopback": _client(
        "Claude Code",
        "localhost",
        runs_on_this_computer=True,
        agent="Claude Code",
        vendor="Anthropic",
        verified_host="claude.ai",
    ),
}


def documents() -> dict[str, str]:
    """Every page by a name, as HTML that needs nothing else."""
    pages = {
        f"consent {name}": render(consent_page(a_consent_step(client), sign_out_token="t"))
        for name, client in CLIENTS.items()
    }
    changed = replace(
        a_consent_step(CLIENTS["documented"]), changes=("The addresses that may receive its answers are different.",)
    )
    more = replace(a_consent_step(CLAUDE), added=(OFFLINE_ACCESS,))
    pages["consent changed"] = render(consent_page(changed, sign_out_token="t"))
    pages["consent step-up"] = render(consent_page(more, sign_out_token="t"))
    for name, keeps in (("refused all", None), ("refused more", (OFFLINE_ACCESS,))):
        denied = Denied(location="https://claude.ai/", client=CLAUDE, keeps=keeps)
        pages[name] = render(denied_page(denied))
    for problem in (EXPIRED_INTERACTION, FAILED, FOREIGN_FORM, NOT_FOUND, STALE_FORM):
        pages[f"problem {problem.title}"] = render(problem)
    for name, since in (("ask", None), ("waiting", NOW - timedelta(days=1))):
        step = AskAdministrator(interaction="x", client=CLIENTS["looks-like"], email=AN_EMAIL, waiting_since=since)
        pages[name] = render(ask_administrator_page(step, now=NOW))
    people = (
        ("ada@example.org", "Claude", "Claude", "claude.ai"),
        ("grace.hopper@example.org", "My agent", None, "localhost"),
    )
    waiting = tuple(
        Waiting(
            id=str(number),
            email=email,
            name=name,
            agent=agent,
            redirect_host=host,
            subject=agent or f"every app that is answered on the person's own computer, at {host}",
            since=day(NOW, NOW),
            form_token="t",
        )
        for number, (email, name, agent, host) in enumerate(people)
    )
    for name, shown in (("requests", waiting), ("no requests", ())):
        pages[name] = render(AccessRequestsPage(waiting=shown, more=0, notice=None))
    return {name: _with_style(html) for name, html in pages.items()}


def _with_style(html: str) -> str:
    style = files("doorward.web").joinpath("static", "style.css").read_text("utf-8")
    without_files = re.sub(r"<link [^>]*>|<img [^>]*>", "", html)
    return without_files.replace("</head>", f"<style>{style}</style></head>")
