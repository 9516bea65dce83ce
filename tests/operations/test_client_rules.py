"""Rules about clients, and people who wait for one."""

from dataclasses import replace

import pytest

from doorward.audit import AuditTag
from doorward.oauth.records import EVERYBODY, Verdict
from doorward.operations.decide_access_request import decide_access_request
from doorward.operations.list_access_requests import count_access_requests, list_access_requests
from doorward.operations.list_agents import list_agents
from doorward.operations.list_client_rules import list_client_rules
from doorward.operations.list_connections import list_connections
from doorward.operations.remove_client_rule import remove_client_rule
from doorward.operations.set_client_rule import set_client_rule
from tests.builders import HERE, NOW, an_access_request, audited, given_a_user, given_an_authorization, race


@pytest.fixture
def ada(database):
    return given_a_user(database)


@pytest.fixture
def eve(database):
    return given_a_user(database, email="eve@example.org")


def rule(database, subject: str, verdict: Verdict, user_id: str = EVERYBODY) -> int:
    made = set_client_rule(database, subject=subject, verdict=verdict, user_id=user_id, now=NOW, context=HERE)
    return made.authorizations


def rules(database) -> list[tuple[str, str, str | None]]:
    return [(rule.subject, rule.verdict.value, email) for rule, email in list_client_rules(database)]


def decide(database, request, **given: object) -> object:
    arguments = {"approve": True, "for_everybody": False, "by_user": "root", "now": NOW, "context": HERE, **given}
    return decide_access_request(database, request_id=request.id, **arguments)  # type: ignore[arg-type]


def waits(database, user, **given: object):
    request = an_access_request(user.id, **given)
    database.write(lambda stores: stores.access_requests.add(request))
    return request


def connected(database, user) -> int:
    return len(list_connections(database, user_id=user.id, now=NOW))


def test_a_denied_agent_loses_all_it_was_given(database, ada):
    """By what it was recognised as when the person allowed it."""
    for agent in ("cursor", "cursor", "claude", None):
        given_an_authorization(database, ada, agent=agent)

    assert 2 == rule(database, "Cursor", Verdict.DENY)
    assert 2 == connected(database, ada)
    assert [("agent:cursor", "deny", None)] == rules(database)
    (event,) = audited(database, AuditTag.CLIENT_BLOCKED)
    assert {"by": "operator", "subject": "agent:cursor", "authorizations": 2} == event.detail


def test_a_denial_for_one_person_ends_nothing_of_anybody_else(database, ada, eve):
    for user in (ada, eve):
        given_an_authorization(database, user, agent="cursor")
        given_an_authorization(database, user, redirect_uri="https://evil.example/cb")
        given_an_authorization(database, user, client_id="https://evil.example/client.json")

    assert 1 == rule(database, "cursor", Verdict.DENY, ada.id)
    assert 2 == rule(database, "evil.example", Verdict.DENY, ada.id)
    assert (0, 3) == (connected(database, ada), connected(database, eve))


def test_a_denied_host_loses_what_its_documents_were_given(database, ada):
    """And nothing that only looks like it."""
    given_an_authorization(database, ada, client_id="https://evil.example/client.json")
    for spared in (
        "https://evil.example.org/client.json",
        "https://evilxexample/a",
        "https://good.example/evil.example/",
    ):
        given_an_authorization(database, ada, client_id=spared)

    assert 1 == rule(database, "evil.example", Verdict.DENY)
    assert 3 == connected(database, ada)


@pytest.mark.parametrize("verdict", [Verdict.ALLOW, Verdict.ASK])
def test_nothing_but_a_denial_ends_anything(database, ada, verdict):
    given_an_authorization(database, ada, agent="cursor")

    assert 0 == rule(database, "agent:cursor", verdict)
    assert 1 == connected(database, ada)
    (event,) = audited(database, AuditTag.CLIENT_RULE_SET)
    assert {"by": "operator", "subject": "agent:cursor", "verdict": verdict.value} == event.detail


def test_a_rule_is_removed_as_it_was_named(database, ada):
    rule(database, "cursor", Verdict.ASK)
    rule(database, "cursor", Verdict.ALLOW, ada.id)

    removed = remove_client_rule(database, subject=" CURSOR ", now=NOW, context=HERE)

    assert "agent:cursor" == removed
    assert [("agent:cursor", "allow", ada.email)] == rules(database)
    assert remove_client_rule(database, subject="cursor", now=NOW, context=HERE) is None
    assert 1 == len(audited(database, AuditTag.CLIENT_RULE_REMOVED))


@pytest.mark.parametrize(("for_everybody", "whose"), [(False, "ada@example.org"), (True, None)])
@pytest.mark.parametrize(("approve", "verdict"), [(True, "allow"), (False, "deny")])
def test_a_decision_is_a_rule(database, ada, approve, verdict, for_everybody, whose):
    request = waits(database, ada)

    assert request == decide(database, request, approve=approve, for_everybody=for_everybody)

    assert [("agent:cursor", verdict, whose)] == rules(database)
    assert [] == list_access_requests(database)
    (event,) = audited(database, AuditTag.ACCESS_APPROVED if approve else AuditTag.ACCESS_REFUSED)
    assert ("root", request.client_id) == (event.user_id, event.client_id)
    assert {
        "by": "administrator",
        "subject": "agent:cursor",
        "for_user": ada.id,
        "for_everybody": for_everybody,
    } == event.detail


def test_a_decision_for_everybody_is_one_for_all_who_wait_for_it(database, ada, eve):
    first, _ = waits(database, ada), waits(database, eve)
    other = waits(database, eve, subject="evil.example")

    decide(database, first, for_everybody=True)

    assert [(other, eve.email)] == list_access_requests(database)


def test_a_refusal_ends_what_the_person_had(database, ada, eve):
    for user in (ada, eve):
        given_an_authorization(database, user, agent="cursor")

    decide(database, waits(database, ada), approve=False)

    assert (0, 1) == (connected(database, ada), connected(database, eve))


def test_of_decisions_at_once_one_counts(database, ada):
    """ASVS 15.4.2: the first takes the request, and the others learn that it is gone."""
    request = waits(database, ada)

    outcomes = race(6, lambda number: decide(database, request, approve=number % 2 == 0))

    assert 1 == sum(outcome == request for outcome in outcomes), outcomes
    assert 5 == outcomes.count(None)
    assert 1 == len(rules(database))
    events = audited(database, AuditTag.ACCESS_APPROVED) + audited(database, AuditTag.ACCESS_REFUSED)
    assert 1 == len(events)


def test_a_block_settles_who_waits_for_it(database, ada, eve):
    """An approval from a page that was opened before comes too late."""
    request, _ = waits(database, ada), waits(database, eve)

    rule(database, "cursor", Verdict.DENY)

    assert 0 == count_access_requests(database)
    assert decide(database, request) is None
    assert [("agent:cursor", "deny", None)] == rules(database)


def test_a_person_waits_once_for_one_thing(database, ada):
    first = waits(database, ada)
    waits(database, ada)

    assert [(first, ada.email)] == list_access_requests(database)


def test_the_oldest_are_forgotten_above_the_cap(database, ada):
    """T8."""
    requests = [an_access_request(ada.id, subject=f"{n}.example", created_at=NOW.replace(minute=n)) for n in range(5)]
    database.write(lambda stores: [stores.access_requests.add(request) for request in requests])

    assert 2 == database.write(lambda stores: stores.access_requests.evict_oldest(keep=3))
    assert 0 == database.write(lambda stores: stores.access_requests.evict_oldest(keep=3))
    assert requests[2:] == [request for request, _ in list_access_requests(database)]


def test_agents_are_counted_by_person(database, ada, eve):
    """R3: not by client row, and not by port."""
    for number, user in enumerate((ada, ada, eve)):
        given_an_authorization(database, user, agent="cursor", client_id=f"dwp_{number}")
    for port in (1, 2):
        given_an_authorization(database, ada, redirect_uri=f"http://localhost:{port}/callback")
    given_an_authorization(database, ada, agent="claude", revoked_at=NOW)
    given_an_authorization(database, ada, agent="claude", activated_at=None)

    uses = {(use.agent, use.redirect_host, use.email): use for use in list_agents(database, now=NOW)}

    assert {
        ("cursor", "", ada.email): 2,
        ("cursor", "", eve.email): 1,
        (None, "localhost", ada.email): 2,
    } == {key: use.connections for key, use in uses.items()}
    assert {NOW} == {use.last_used_at for use in uses.values()}


def test_what_waits_too_long_is_swept(database, ada):
    from datetime import timedelta

    waits(database, ada, created_at=NOW - timedelta(days=31))
    fresh = waits(database, ada, subject="x.example", created_at=NOW - timedelta(days=29))

    database.write(lambda stores: stores.sweeper.sweep(NOW, audit_retention=timedelta(days=1), limit=10))

    assert [replace(fresh)] == [request for request, _ in list_access_requests(database)]
