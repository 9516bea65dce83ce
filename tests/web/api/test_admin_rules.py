"""The rules about clients and the people who wait, over JSON: as on the command line, in the administrator's name."""

import pytest

from doorward.audit import AuditTag
from doorward.oauth.records import EVERYBODY, ClientRule, Verdict
from tests.builders import (
    NOW,
    an_access_request,
    audited,
    given_a_plain_user,
    given_an_authorization,
)

RULES, REQUESTS = "/api/admin/client-rules", "/api/admin/access-requests"


def rules(database) -> list[ClientRule]:
    return list(database.read(lambda stores: stores.clients.rules()))


def test_a_rule_is_made_listed_and_removed(call, database, administrator):
    made = call("POST", RULES, {"subject": "Claude", "rule": "ask"})
    listed = call("GET", RULES).json()

    assert (201, {"subject": "agent:claude", "kind": "agent", "rule": "ask", "user": None, "connections_ended": 0}) == (
        made.status_code,
        made.json(),
    )
    assert "allow" == listed["default"]
    assert [("agent:claude", "ask", None)] == [(it["subject"], it["rule"], it["user"]) for it in listed["rules"]]
    assert [204, 404] == [call("DELETE", RULES, params={"subject": "claude"}).status_code for _ in range(2)]
    assert [] == rules(database)
    for tag in (AuditTag.CLIENT_RULE_SET, AuditTag.CLIENT_RULE_REMOVED):
        (event,) = audited(database, tag)
        assert (administrator.user.id, "administrator") == (event.user_id, event.detail["by"])


def test_a_denial_for_one_person_ends_what_that_person_has(call, database):
    ada, eve = given_a_plain_user(database), given_a_plain_user(database)
    kept = given_an_authorization(database, eve, client_id="c", redirect_uri="https://evil.example/cb")
    gone = given_an_authorization(database, ada, client_id="c", redirect_uri="https://evil.example/cb")
    made = call("POST", RULES, {"subject": "evil.example", "rule": "deny", "user": ada.email})

    assert (ada.email, 1) == (made.json()["user"], made.json()["connections_ended"])
    found = [
        database.read(lambda s, it=it: s.authorizations.find_by_public_id(it.public_id)).revoked_at
        for it in (kept, gone)
    ]
    assert [None, NOW] == found
    assert [ada.id] == [rule.user_id for rule in rules(database)]
    assert ada.email == call("GET", RULES).json()["rules"][0]["user"]
    assert 404 == call("DELETE", RULES, params={"subject": "evil.example"}).status_code
    assert 204 == call("DELETE", RULES, params={"subject": "evil.example", "user": ada.email}).status_code


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "evil.example"},
        {"subject": "evil.example", "rule": "DENY"},
        {"subject": "evil.example", "rule": "deny", "user": "nobody@example.org"},
        {"subject": "evil.example", "rule": "deny", "user": ""},
        {"subject": "evil.example", "rule": "deny", "user": "\u0000"},
        {"subject": "evil.example", "rule": "deny", "user_id": "x"},
        {"subject": "", "rule": "deny"},
        {"subject": "two words", "rule": "deny"},
        {"subject": "\u0000", "rule": "deny"},
        {"subject": "*.example.org", "rule": "deny"},
        {"subject": ["evil.example"], "rule": "deny"},
    ],
)
def test_a_rule_that_cannot_be_made_is_refused(call, database, body):
    answer = call("POST", RULES, body)

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
    assert [] == rules(database)


@pytest.mark.parametrize("query", ["", "?subject=", "?subject=%00", "?subject=evil.example", "?subject=%ff"])
def test_a_rule_that_is_not_there_is_404(call, query: str):
    assert 404 == call("DELETE", RULES + query).status_code
    assert 400 == call("DELETE", f"{RULES}?subject=x&user=nobody@example.org").status_code


@pytest.mark.parametrize(
    ("decision", "for_everybody", "verdict", "tag"),
    [
        ("approve", False, Verdict.ALLOW, AuditTag.ACCESS_APPROVED),
        ("approve", True, Verdict.ALLOW, AuditTag.ACCESS_APPROVED),
        ("refuse", False, Verdict.DENY, AuditTag.ACCESS_REFUSED),
        ("refuse", True, Verdict.DENY, AuditTag.ACCESS_REFUSED),
    ],
)
def test_a_request_is_decided_once(call, database, administrator, decision, for_everybody, verdict, tag):
    user = given_a_plain_user(database)
    waiting = an_access_request(user.id)
    database.write(lambda stores: stores.access_requests.add(waiting))
    ((shown,),) = (call("GET", REQUESTS).json()["requests"],)
    body = {"decision": decision, "for_everybody": for_everybody}
    answers = [call("POST", f"{REQUESTS}/{waiting.id}", body) for _ in range(2)]

    assert (waiting.id, user.email, waiting.subject) == (shown["id"], shown["user"], shown["subject"])
    assert [200, 404] == [answer.status_code for answer in answers]
    assert {"subject": waiting.subject, **body} == answers[0].json()
    whose = EVERYBODY if for_everybody else user.id
    assert [ClientRule(subject=waiting.subject, verdict=verdict, user_id=whose, created_at=NOW)] == rules(database)
    assert [] == call("GET", REQUESTS).json()["requests"]
    (event,) = audited(database, tag)
    assert administrator.user.id == event.user_id


@pytest.mark.parametrize(
    "body", [{}, {"decision": "yes"}, {"decision": None}, {"decision": "approve", "for_everybody": "true"}]
)
def test_a_decision_that_is_none_changes_nothing(call, database, body):
    waiting = an_access_request(given_a_plain_user(database).id)
    database.write(lambda stores: stores.access_requests.add(waiting))

    assert 400 == call("POST", f"{REQUESTS}/{waiting.id}", body).status_code
    assert 1 == len(call("GET", REQUESTS).json()["requests"])
    assert [] == rules(database)


@pytest.mark.parametrize("request_id", ["unknown", "%00", "%ff", "a" * 5_000])
def test_a_request_that_nobody_made_is_404(call, request_id: str):
    assert 404 == call("POST", f"{REQUESTS}/{request_id}", {"decision": "approve"}).status_code
