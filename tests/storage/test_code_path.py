"""A remembered consent stands in for the person: when, what comes of it, and who wins a race against it."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from doorward.audit import AuditEvent, AuditTag
from doorward.identity.records import SessionKind
from doorward.oauth.ports import TOUCH_INTERVAL, RememberedClaim
from doorward.oauth.records import (
    EVERYBODY,
    Authorization,
    AuthorizationCode,
    Client,
    ClientOrigin,
    ClientRule,
    Verdict,
)
from doorward.oauth.scope import Scope
from doorward.operations.block_client import block_client
from doorward.operations.delete_client import delete_client
from doorward.operations.disable_user import disable_user
from doorward.operations.remove_client_rule import remove_client_rule
from doorward.operations.set_client_rule import set_client_rule
from doorward.storage import Database, schema
from tests.builders import HERE, NOW, a_claim, a_consent, audited, given_a_remembered_claim, race
from tests.storage.test_token_path import blocked_statements, wait_until

SECOND = timedelta(seconds=1)
ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
OWN, ANOTHERS = "whoever asks", "somebody else"


def made(database: Database, claim: RememberedClaim) -> Authorization | None:
    return database.read(lambda stores: stores.authorizations.find_by_public_id(claim.public_id))


def client_of(database: Database, claim: RememberedClaim) -> Client:
    found = database.read(lambda stores: stores.clients.find(claim.client_id))
    assert found is not None
    return found


def user_of(database: Database, claim: RememberedClaim) -> str:
    signed_in = database.read(
        lambda stores: stores.sessions.find_signed_in(claim.session_hash, SessionKind.BROWSER, NOW)
    )
    assert signed_in is not None
    return signed_in.user.id


def refuses(database: Database, claim: RememberedClaim) -> bool:
    """Whether the claim is refused and nothing at all has changed."""
    refused = not database.code_path.issue_remembered(claim, NOW)
    nothing = made(database, claim) is None and [] == audited(database, AuditTag.AUTHORIZATION_GRANTED)
    return refused and nothing and client_of(database, claim).last_used_at is None


def ruled(database: Database, claim: RememberedClaim, subject: str, verdict: Verdict, whose: str = EVERYBODY) -> None:
    """Make a rule, past the operation: for everybody, for OWN or for ANOTHERS."""
    user_id = user_of(database, claim) if whose == OWN else whose
    named = claim.client_id if subject == "the client" else subject
    rule = ClientRule(subject=named, verdict=verdict, user_id=user_id, created_at=NOW)
    database.write(lambda stores: stores.clients.set_rule(rule))


def changed(database: Database, table: Any, **values: object) -> None:  # noqa: ANN401 - a table
    database.write(lambda stores: stores.connection.execute(update(table).values(values)))


def test_it_makes_an_authorization_its_code_and_an_audit_event(database: Database):
    """The same records as a decision on the consent page makes."""
    claim = given_a_remembered_claim(database, scope=Scope.of(["mcp"]))
    user_id, later = user_of(database, claim), NOW + SECOND

    assert database.code_path.issue_remembered(claim, later)

    authorization = Authorization(
        id=claim.authorization_id,
        public_id=claim.public_id,
        interaction_id=claim.interaction_id,
        user_id=user_id,
        client_id=claim.client_id,
        client_name=claim.client_name,
        redirect_uri=claim.redirect_uri,
        scope=claim.scope,
        resource=claim.resource,
        auth_time=NOW,
        created_at=later,
        expires_at=claim.expires_at,
    )
    code = AuthorizationCode(
        code_hash=claim.code_hash,
        authorization_id=claim.authorization_id,
        client_id=claim.client_id,
        redirect_uri=claim.redirect_uri,
        code_challenge=claim.code_challenge,
        resource=claim.resource,
        created_at=later,
        expires_at=claim.code_expires_at,
    )
    event = AuditEvent(
        tag=AuditTag.AUTHORIZATION_GRANTED,
        at=later,
        user_id=user_id,
        client_id=claim.client_id,
        authorization=claim.public_id,
        context=HERE,
        detail={"scope": "mcp", "resource": claim.resource},
    )
    assert (code, authorization) == database.token_path.explain_code(claim.code_hash)
    assert [event] == audited(database, AuditTag.AUTHORIZATION_GRANTED)
    assert later == client_of(database, claim).last_used_at
    assert database.token_path.redeem_code(a_claim(code), later)


def test_a_block_of_a_host_ends_it_whatever_its_case(database: Database):
    """The stored host is the one that blocks are compared with."""
    claim = given_a_remembered_claim(database, redirect_uri="https://Client.example/x", redirect_host="client.example")
    assert database.code_path.issue_remembered(claim, NOW)

    assert 1 == block_client(database, subject="CLIENT.example", now=NOW, context=HERE).authorizations


def test_what_was_remembered_stays_as_it_is(database: Database):
    """Nobody decided anew: a narrower request does not narrow it, and no row is written that others wait for."""
    claim = given_a_remembered_claim(database)
    user_id = user_of(database, claim)
    wide = a_consent(user_id=user_id, client_id=claim.client_id, scope=Scope.of(["more", "mcp", "mcp2"]))
    database.write(lambda stores: stores.consents.remember(wide))

    assert database.code_path.issue_remembered(claim, NOW + SECOND)
    kept = database.read(lambda s: s.consents.find(user_id, claim.client_id, claim.redirect_host, claim.resource))
    assert wide == kept


def test_a_client_is_touched_again_only_after_a_while(database: Database):
    """So that the people of one client do not wait for its row."""
    claim = given_a_remembered_claim(database)
    for number, (at, expected) in enumerate(
        [
            (NOW, NOW),
            (NOW + TOUCH_INTERVAL - SECOND, NOW),
            (NOW + TOUCH_INTERVAL, NOW + TOUCH_INTERVAL),
        ]
    ):
        again = replace(
            claim,
            authorization_id=bytes([number]) * 16,
            public_id=str(number),
            interaction_id=str(number),
            code_hash=bytes([number]) * 32,
        )
        assert database.code_path.issue_remembered(again, at)
        assert expected == client_of(database, claim).last_used_at


@pytest.mark.parametrize(
    "wrong",
    [
        {"session_hash": b"another"},
        {"authenticated_since": NOW + timedelta(microseconds=1)},
        {"redirect_host": "other.example"},
        {"redirect_host": "Client.example"},
        {"resource": "https://mcp.example/http/"},
        {"scope": Scope.of(["mcp", "more"])},
        {"scope": Scope.of(["mc"])},
        {"scope": Scope.of(["m%"])},
    ],
    ids=repr,
)
def test_a_request_that_the_consent_does_not_cover_makes_nothing(database: Database, wrong: dict[str, object]):
    claim = given_a_remembered_claim(database)

    assert refuses(database, replace(claim, **wrong))
    assert database.code_path.issue_remembered(claim, NOW)


@pytest.mark.parametrize(
    ("table", "state"),
    [
        (schema.sessions, {"expires_at": NOW}),
        (schema.sessions, {"kind": SessionKind.BEARER}),
        (schema.users, {"disabled_at": NOW}),
        (schema.clients, {"trusted": False}),
        (schema.clients, {"origin": ClientOrigin.DYNAMIC}),
        (schema.clients, {"origin": ClientOrigin.SEED}),
        (schema.clients, {"redirect_uris": ("https://client.example/moved",)}),
        (schema.clients, {"redirect_uris": ("https://client.example/callback", "https://blocked.example/cb")}),
        (schema.clients, {"scope": Scope.of(["mcp"])}),
        (schema.clients, {"client_name": None}),
        (schema.consents, {"user_id": "another"}),
        (schema.consents, {"client_id": "another"}),
    ],
    ids=repr,
)
def test_a_state_that_does_not_allow_it_makes_nothing(database: Database, table: object, state: dict[str, object]):
    claim = given_a_remembered_claim(database)
    changed(database, table, **state)

    assert refuses(database, claim)


@pytest.mark.parametrize("verdict", [DENY, ASK])
@pytest.mark.parametrize("whose", [EVERYBODY, OWN])
@pytest.mark.parametrize("subject", ["client.example", "the client", "spare.example"])
def test_a_client_that_a_rule_keeps_out_gets_nothing(database: Database, subject: str, whose: str, verdict: Verdict):
    """By its id or any of its hosts, in the statement itself: past every cache (T14)."""
    claim = given_a_remembered_claim(database)
    ruled(database, claim, "other.example", DENY)
    ruled(database, claim, subject, verdict, whose)

    assert refuses(database, claim)


@pytest.mark.parametrize(
    ("rules", "allows"),
    [
        ([], True),
        ([("client.example", ALLOW, EVERYBODY)], True),
        ([("client.example", DENY, ANOTHERS), ("the client", ASK, ANOTHERS)], True),
        ([("other.example", DENY, EVERYBODY), ("other.example", DENY, OWN)], True),
        ([("client.example", DENY, EVERYBODY), ("client.example", ALLOW, OWN)], False),
        ([("client.example", DENY, EVERYBODY), ("the client", ALLOW, OWN), ("the client", ALLOW, EVERYBODY)], False),
        ([("spare.example", DENY, EVERYBODY), ("the client", ALLOW, OWN)], False),
        ([("the client", DENY, OWN), ("client.example", ALLOW, OWN)], False),
        ([("the client", DENY, OWN), ("client.example", ALLOW, EVERYBODY)], False),
        ([("client.example", ASK, EVERYBODY), ("the client", ALLOW, EVERYBODY)], True),
        ([("client.example", ASK, EVERYBODY), ("the client", ALLOW, OWN)], True),
        ([("client.example", ASK, EVERYBODY), ("the client", ALLOW, ANOTHERS)], False),
        ([("client.example", ASK, EVERYBODY), ("spare.example", ALLOW, OWN)], False),
        ([("client.example", ASK, OWN), ("the client", ALLOW, EVERYBODY)], False),
        ([("client.example", ASK, OWN), ("the client", ALLOW, OWN)], True),
        ([("spare.example", ASK, OWN), ("spare.example", ALLOW, EVERYBODY)], False),
    ],
    ids=repr,
)
def test_rules_count_in_their_order(database: Database, rules: list[tuple[str, Verdict, str]], allows: bool):
    """Denials for everybody, the person's own rules, those for everybody; what allows must be for this answer."""
    claim = given_a_remembered_claim(database)
    for subject, verdict, whose in rules:
        ruled(database, claim, subject, verdict, whose)

    assert allows or refuses(database, claim)
    assert allows is database.code_path.issue_remembered(claim, NOW)


def test_what_an_agent_was_given_says_so(database: Database):
    """So that a rule about the agent finds it, whatever its id and host; the trail says it, too."""
    claim = given_a_remembered_claim(database, agent="claude")
    assert database.code_path.issue_remembered(claim, NOW)

    authorization, (event,) = made(database, claim), audited(database, AuditTag.AUTHORIZATION_GRANTED)
    assert authorization is not None
    assert ("claude", "claude") == (authorization.agent, event.detail["agent"])
    assert 1 == block_client(database, subject="claude", now=NOW, context=HERE).authorizations


@pytest.mark.parametrize("odd", ['a"b', "a\\", "a,b}", "{", "NULL", "a b", '\\"', "ü'"])
def test_an_odd_name_is_compared_as_it_is(database: Database, odd: str):
    claim = replace(given_a_remembered_claim(database), restricting_subjects=frozenset({"x", odd}))
    assert database.code_path.issue_remembered(claim, NOW)
    again = replace(claim, authorization_id=b"2", public_id="2", interaction_id="2", code_hash=b"2")
    ruled(database, claim, odd, ASK)
    allowed = replace(again, allowing_subjects=frozenset({"x", odd}))

    assert not database.code_path.issue_remembered(again, NOW)
    ruled(database, claim, odd, ALLOW, OWN)
    assert database.code_path.issue_remembered(allowed, NOW)


def test_a_sign_in_that_is_just_fresh_enough_counts(database: Database):
    """OIDC Core §3.1.2.1: more than `max_age` seconds ago is too long ago."""
    claim = given_a_remembered_claim(database, authenticated_since=NOW)

    assert database.code_path.issue_remembered(claim, NOW)


def test_fifty_racers_with_one_claim_make_one_authorization(database: Database):
    claim = given_a_remembered_claim(database)

    outcomes = race(50, lambda _: database.code_path.issue_remembered(claim, NOW))

    assert (1, 49) == (outcomes.count(True), outcomes.count(False))
    assert 1 == len(audited(database, AuditTag.AUTHORIZATION_GRANTED))


def test_of_two_clicks_each_gets_its_own(database: Database):
    """Two requests are two interactions, and their people do not get in each other's way."""
    first = given_a_remembered_claim(database)
    claims = [
        replace(
            first,
            authorization_id=bytes([number]) * 16,
            public_id=str(number),
            interaction_id=str(number),
            code_hash=bytes([number]) * 32,
        )
        for number in range(20)
    ]

    assert [True] * 20 == race(20, lambda number: database.code_path.issue_remembered(claims[number], NOW))
    assert all(made(database, claim) for claim in claims)


def block_it(database: Database, claim: RememberedClaim) -> object:
    return block_client(database, subject=claim.client_id, now=NOW, context=HERE)


def delete_it(database: Database, claim: RememberedClaim) -> object:
    return delete_client(database, client_id=claim.client_id, now=NOW, context=HERE)


def disable_them(database: Database, claim: RememberedClaim) -> object:
    signed_in = database.read(lambda s: s.sessions.find_signed_in(claim.session_hash, SessionKind.BROWSER, NOW))
    assert signed_in is not None
    return disable_user(database, email=signed_in.user.email, now=NOW, context=HERE)


def deny_it_to_them(database: Database, claim: RememberedClaim) -> object:
    return _rule(database, claim.client_id, DENY, user_of(database, claim))


def block_its_agent(database: Database, claim: RememberedClaim) -> object:
    assert claim.agent is not None
    return block_client(database, subject=claim.agent, now=NOW, context=HERE)


def ask_about_it(database: Database, claim: RememberedClaim) -> object:
    return _rule(database, claim.client_id, ASK, EVERYBODY)


def ask_about_it_for_them(database: Database, claim: RememberedClaim) -> object:
    return _rule(database, claim.client_id, ASK, user_of(database, claim))


def _rule(database: Database, subject: str, verdict: Verdict, user_id: str) -> object:
    return set_client_rule(database, subject=subject, verdict=verdict, user_id=user_id, now=NOW, context=HERE)


def given_a_claim_of_an_agent(database: Database) -> RememberedClaim:
    claim = given_a_remembered_claim(database, agent="claude")
    subjects = claim.allowing_subjects | {"agent:claude"}
    return replace(claim, allowing_subjects=subjects, restricting_subjects=claim.restricting_subjects | subjects)


ENDINGS = [block_it, delete_it, disable_them, deny_it_to_them, block_its_agent]
"""What also ends the Authorizations that it finds."""
HURDLES = [ask_about_it, ask_about_it_for_them]
"""What counts from then on."""


@pytest.mark.parametrize("end", ENDINGS)
def test_what_races_with_an_ending_does_not_outlive_it(
    database: Database, end: Callable[[Database, RememberedClaim], object]
):
    """Either nothing was made, or what was made has ended: whoever came first."""
    claims = [given_a_claim_of_an_agent(database) for _ in range(20)]

    def go(number: int) -> object:
        claim = claims[number // 2]
        return end(database, claim) if number % 2 else database.code_path.issue_remembered(claim, NOW)

    outcomes = race(40, go)

    for claim, issued in zip(claims, outcomes[::2], strict=True):
        authorization = made(database, claim)
        assert issued is (authorization is not None)
        assert authorization is None or authorization.revoked_at == NOW


def lift_it(database: Database, claim: RememberedClaim) -> object:
    return remove_client_rule(database, subject=claim.client_id, now=NOW, context=HERE)


def allow_it_to_them(database: Database, claim: RememberedClaim) -> object:
    return _rule(database, claim.client_id, ALLOW, user_of(database, claim))


@pytest.mark.parametrize("lift", [lift_it, allow_it_to_them])
def test_a_hurdle_that_is_being_lifted_is_no_hurdle(
    postgres_database: Database, lift: Callable[[Database, RememberedClaim], object]
):
    """What the statement sees is as new as the lock that it waited for, to both sides."""
    claim = given_a_remembered_claim(postgres_database)
    ask_about_it(postgres_database, claim)

    assert [True] == outcomes_meanwhile(postgres_database, claim, lift)


@pytest.mark.parametrize("end", [*ENDINGS, *HURDLES])
def test_an_ending_that_is_not_committed_yet_is_waited_for(
    postgres_database: Database, end: Callable[[Database, RememberedClaim], object]
):
    """What the statement sees is as new as the lock that it waited for."""
    claim = given_a_claim_of_an_agent(postgres_database)

    assert [False] == outcomes_meanwhile(postgres_database, claim, end)
    assert made(postgres_database, claim) is None


def outcomes_meanwhile(
    database: Database, claim: RememberedClaim, end: Callable[[Database, RememberedClaim], object]
) -> list[object]:
    """What comes of a claim that arrives after the work of `end` and before its commit."""
    outcomes: list[object] = []
    racer = threading.Thread(target=lambda: outcomes.append(database.code_path.issue_remembered(claim, NOW)))

    class Slowly:
        """The database, whose units of work wait for the racer before they commit."""

        def write(self, unit: Callable[[Any], object]) -> object:
            def slow(stores: Any) -> object:  # noqa: ANN401 - whatever the unit takes
                result = unit(stores)
                racer.start()
                wait_until(lambda: blocked_statements(stores) > 0)
                return result

            return database.write(slow)

        def read(self, unit: Callable[[Any], object]) -> object:
            return database.read(unit)

    end(Slowly(), claim)  # pyright: ignore[reportArgumentType]
    racer.join()
    return outcomes
