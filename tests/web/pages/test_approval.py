"""Asking an administrator, and deciding as one."""

from dataclasses import replace

import pytest

from doorward.audit import AuditTag
from doorward.oauth.access_requests import MAX_OF_ONE_PERSON
from doorward.oauth.records import Verdict
from doorward.operations.list_access_requests import list_access_requests
from doorward.operations.set_client_rule import set_client_rule
from doorward.web.context import Web
from tests.builders import HERE, NOW, audited, given_a_user
from tests.web.pages.visitor import Answer, Visitor

ROOT = "root@example.org"


@pytest.fixture(autouse=True)
def _people(database) -> None:
    given_a_user(database)
    given_a_user(database, email=ROOT, is_administrator=True)


def with_default(web: Web, default: Verdict) -> Web:
    clients = replace(web.server.clients, default=default)
    return replace(web, server=replace(web.server, clients=clients))


@pytest.fixture
def asking(web) -> Web:
    """A server where an administrator has to allow every client."""
    return with_default(web, Verdict.ASK)


@pytest.fixture
def person(asking, visit) -> Visitor:
    return visit(server=asking.server)


@pytest.fixture
def root(asking, visit) -> Visitor:
    visitor = visit(server=asking.server)
    visitor.sign_in(email=ROOT)
    return visitor


def ask(person: Visitor, address: str) -> Answer:
    """Open the request, and ask; the page after it."""
    asked = person.submit(person.open_consent(address), "/oauth/approval")
    assert 303 == asked.status
    return person.get(asked.location)


def press(root: Visitor, decision: str) -> Answer:
    form, *_ = root.get("/account/requests").page.all("form", action="/account/requests")
    answer = root.post("/account/requests", {**form.fields, "decision": decision})
    assert 303 == answer.status
    return root.get(answer.location)


def test_looking_stores_nothing_and_asking_does(person, request_address, database) -> None:
    """Who is led to the page by a link of somebody else has asked for nothing yet."""
    address = request_address()
    page = person.open_consent(address)

    assert "An administrator decides about this app" == page.title
    assert [] == list_access_requests(database)
    assert [] == page.page.all("form", action="/oauth/consent")

    waiting = ask(person, address)
    assert "Your request waits." in waiting.page.one("p", role="status").text
    assert [] == waiting.page.all("form")
    ((request, email),) = list_access_requests(database)
    assert ("agent.example", "ada@example.org") == (request.subject, email)
    assert 1 == len(audited(database, AuditTag.ACCESS_REQUESTED))


@pytest.mark.parametrize("decision", ["allow", "allow-everybody"])
def test_after_approval_the_next_try_goes_on_to_consent(person, root, request_address, decision: str) -> None:
    """And from there to the client."""
    address = request_address()
    ask(person, address)
    assert "1 request waits" in root.get("/account").page.one("main").text
    assert "Allowed" in press(root, decision).page.one("p", role="status").text

    consent = person.get(address)
    assert "An app wants to connect" == consent.title
    assert 303 == person.decide(consent, "approve").status


def test_an_approval_for_one_person_is_for_nobody_else(person, root, asking, visit, request_address, database) -> None:
    given_a_user(database, email="eve@example.org")
    address = request_address()
    ask(person, address)
    press(root, "allow")
    eve = visit(server=asking.server)
    eve.sign_in(email="eve@example.org")

    assert "An administrator decides about this app" == eve.get(address).title


@pytest.mark.parametrize("decision", ["refuse", "refuse-everybody"])
def test_after_a_refusal_the_person_is_told_and_nothing_goes_to_the_client(person, root, request_address, decision):
    """N6: a page, no redirect."""
    address = request_address()
    ask(person, address)
    press(root, decision)
    answer = person.get(address)

    assert answer.status in (400, 403)
    assert "location" not in answer.response.headers
    assert [] == answer.page.all("form")


def test_a_consent_form_that_was_open_when_the_rule_came_decides_nothing(visitor, request_address, database) -> None:
    """Rules are looked at in the transaction that would make the code."""
    consent = visitor.open_consent(request_address())
    set_client_rule(database, subject="agent.example", verdict=Verdict.ASK, now=NOW, context=HERE)
    answer = visitor.decide(consent, "approve")

    assert "code=" not in answer.location
    assert "access_denied" in answer.location


def test_silence_is_no_way_around(person, request_address) -> None:
    """prompt=none (OIDC Core §3.1.2.6)."""
    person.sign_in()

    assert "error=consent_required" in person.get(request_address(prompt="none")).location


def test_the_forms_of_one_purpose_and_session_are_those_of_no_other(person, visitor, request_address, visit, asking):
    """N7: the sealed value says what it is for, and whose it is."""
    address = request_address()
    approval = person.open_consent(address).page.one("form", action="/oauth/approval").fields
    assert 400 == person.post("/oauth/consent", {**approval, "decision": "approve"}).status
    consent = visitor.open_consent(address).page.one("form", action="/oauth/consent").fields
    assert 400 == visitor.post("/oauth/approval", consent).status

    assert 403 == visit(server=asking.server).post("/oauth/approval", approval).status
    assert 403 == person.post("/oauth/approval", approval, Origin="https://evil.example").status
    assert 400 == person.post("/oauth/approval", {"interaction": "x"}).status


def test_nobody_fills_the_list_alone(person, request_address, database) -> None:
    """T8: so many for each person, and a word why."""
    for number in range(MAX_OF_ONE_PERSON):
        ask(person, request_address(redirect_uri=f"https://agent{number}.example/cb"))
    page = person.open_consent(request_address(redirect_uri="https://one-more.example/cb"))
    answer = person.submit(page, "/oauth/approval")

    assert (429, "Too many of your requests wait") == (answer.status, answer.title)
    assert MAX_OF_ONE_PERSON == len(list_access_requests(database))


def test_asking_twice_waits_once(person, request_address, database) -> None:
    address = request_address()
    page = person.open_consent(address)
    for _ in range(2):
        assert 303 == person.submit(page, "/oauth/approval").status

    assert 1 == len(list_access_requests(database))


def test_only_administrators_see_and_decide(person, root, request_address, database) -> None:
    """Even with the form of an administrator in hand; and whoever is nobody signs in first."""
    ask(person, request_address())
    form = root.get("/account/requests").page.one("form", action="/account/requests").fields

    assert (403, "Only administrators come in here") == (
        (page := person.get("/account/requests")).status,
        page.title,
    )
    assert 403 == person.post("/account/requests", {**form, "decision": "allow"}).status
    assert "requests" not in person.get("/account").page.one("main").text
    person.cookies.clear()
    assert "/sign-in" == person.get("/account/requests").location
    assert "/sign-in" == person.post("/account/requests", {**form, "decision": "allow"}).location
    assert 1 == len(list_access_requests(database))


@pytest.mark.parametrize(
    "changes",
    [{"form_token": "x"}, {"request": "another"}, {"decision": "perhaps"}, {"decision": ""}],
)
def test_a_decision_needs_its_own_form(person, root, request_address, database, changes: dict[str, str]) -> None:
    """ASVS 3.5.1."""
    ask(person, request_address())
    form = root.get("/account/requests").page.one("form", action="/account/requests").fields

    assert root.post("/account/requests", {**form, "decision": "allow", **changes}).status in (400, 403)
    foreign = {"Origin": "https://evil.example"}
    assert 403 == root.post("/account/requests", {**form, "decision": "allow"}, **foreign).status
    assert 1 == len(list_access_requests(database))


def test_a_request_that_is_gone_is_said_to_be(person, root, request_address) -> None:
    ask(person, request_address())
    form = root.get("/account/requests").page.one("form", action="/account/requests").fields
    press(root, "allow")
    answer = root.post("/account/requests", {**form, "decision": "refuse"})

    assert "decided before" in root.get(answer.location).page.one("p", role="status").text


def test_a_hostile_name_stays_inside_its_own_brackets(person, root, request_address) -> None:
    """CON-10: an administrator reads what a stranger wrote."""
    ask(person, request_address(client_name='"><script>alert(1)</script>'))
    page = root.get("/account/requests").page

    assert '"><script>alert(1)</script>' == page.one("bdi").text
    assert [] == page.all("script")


def test_a_server_that_denies_what_it_does_not_know_says_so_before_anybody_signs_in(web, visit, request_address):
    answer = visit(server=with_default(web, Verdict.DENY).server).get(request_address())

    assert (400, "This app is blocked") == (answer.status, answer.title)
