"""What the rules about clients mean for one request."""

import pytest

from doorward.oauth.client_rules import Rules, approval_subject, describe_subject
from doorward.oauth.known_clients import KNOWN_CLIENTS
from doorward.oauth.records import EVERYBODY, Client, ClientOrigin, ClientRule, Verdict
from tests.builders import NOW, a_client

ALLOW, ASK, DENY = Verdict.ALLOW, Verdict.ASK, Verdict.DENY
CLAUDE = "https://claude.ai/api/mcp/auth_callback"
CURSOR = ("cursor://anysphere.cursor-mcp/oauth/callback", "https://www.cursor.com/agents/mcp/oauth/callback")
EVIL = "https://evil.example/cb"


def a_stranger(*redirect_uris: str, client_id: str = "dwp_x") -> Client:
    return a_client(client_id=client_id, origin=ClientOrigin.STATELESS, redirect_uris=redirect_uris)


def rules(default: Verdict = ALLOW, **subjects: Verdict) -> Rules:
    made = {name.replace("__", ".").replace("_", ":"): verdict for name, verdict in subjects.items()}
    return Rules.of((ClientRule(subject=s, verdict=v, created_at=NOW) for s, v in made.items()), default)


def verdict(given: Rules, client: Client, used: int = 0, **personal: Verdict) -> Verdict:
    own = {name.replace("__", ".").replace("_", ":"): verdict for name, verdict in personal.items()}
    return given.verdict(client, client.redirect_uris[used], KNOWN_CLIENTS, own)


@pytest.mark.parametrize("default", list(Verdict))
def test_the_default_holds_for_what_no_rule_speaks_of(default: Verdict) -> None:
    assert default is verdict(rules(default), a_stranger(EVIL))
    assert (default is DENY) is rules(default).deny(a_stranger(EVIL), KNOWN_CLIENTS)


@pytest.mark.parametrize("default", list(Verdict))
def test_what_an_operator_registered_needs_no_rule(default: Verdict) -> None:
    client = a_client(redirect_uris=(EVIL,))

    assert ALLOW is verdict(rules(default), client)
    assert DENY is verdict(rules(default, evil__example=DENY), client)
    assert ASK is verdict(rules(default, evil__example=ASK), client)


@pytest.mark.parametrize(
    ("subject", "client"),
    [
        ("dwp_x", a_stranger(CLAUDE)),
        ("claude.ai", a_stranger(CLAUDE)),
        ("agent:claude", a_stranger(CLAUDE)),
        ("agent:cursor", a_stranger(*CURSOR)),
        ("cursor:", a_stranger(*CURSOR)),
        ("www.cursor.com", a_stranger(*CURSOR)),
        ("claude.ai", a_stranger("http://localhost/callback", client_id="https://claude.ai/oauth/claude-code-client-metadata")),
        ("localhost", a_stranger("http://localhost:4711/cb")),
    ],
)  # fmt: skip
def test_a_denial_reaches_everything_a_client_is_or_could_do(subject: str, client: Client) -> None:
    """Whatever it asks for this time, and wherever; an allowance beside it changes nothing."""
    denied = Rules.of(
        [
            ClientRule(subject=subject, verdict=DENY, created_at=NOW),
            *(ClientRule(subject=client.client_id, verdict=ALLOW, created_at=NOW),) * (subject != client.client_id),
        ],
        ALLOW,
    )

    assert denied.deny(client, KNOWN_CLIENTS)
    for uri in client.redirect_uris:
        assert DENY is denied.verdict(client, uri, KNOWN_CLIENTS, {client.client_id: ALLOW})


def test_an_allowance_is_for_the_address_that_is_used() -> None:
    """A client with a known and a foreign redirect URI gets its answer at the known one, or is asked about."""
    mixed = a_stranger(CLAUDE, EVIL)
    allowed = rules(ASK, claude__ai=ALLOW)

    assert ALLOW is verdict(allowed, mixed, 0)
    assert ASK is verdict(allowed, mixed, 1)


def test_a_mixture_of_redirect_uris_does_not_get_an_agents_allowance() -> None:
    """T14."""
    allowed = Rules.of([ClientRule(subject="agent:claude", verdict=ALLOW, created_at=NOW)], ASK)

    assert ALLOW is verdict(allowed, a_stranger(CLAUDE))
    assert ASK is verdict(allowed, a_stranger(CLAUDE, EVIL), 0)
    assert ASK is verdict(allowed, a_stranger("http://localhost:1/callback"))


def test_a_persons_own_rule_counts_before_those_for_everybody() -> None:
    client = a_stranger(EVIL)

    assert ALLOW is verdict(rules(ASK), client, evil__example=ALLOW)
    assert ALLOW is verdict(rules(evil__example=ASK), client, evil__example=ALLOW)
    assert DENY is verdict(rules(evil__example=ALLOW), client, evil__example=DENY)
    assert DENY is verdict(rules(evil__example=DENY), client, evil__example=ALLOW)
    assert ASK is verdict(rules(evil__example=ALLOW), client, evil__example=ASK)


def test_a_closed_server_lets_in_what_somebody_was_allowed_and_nothing_else() -> None:
    """At the token endpoint, where nobody knows yet whose code it is."""
    somebodys = Rules.of([ClientRule(subject="evil.example", verdict=ALLOW, created_at=NOW, user_id="ada")], DENY)

    assert not somebodys.deny(a_stranger(EVIL), KNOWN_CLIENTS)
    assert somebodys.deny(a_stranger(CLAUDE), KNOWN_CLIENTS)
    assert DENY is verdict(somebodys, a_stranger(EVIL))
    assert ALLOW is verdict(somebodys, a_stranger(EVIL), evil__example=ALLOW)


def test_a_rule_of_one_person_is_no_rule_for_everybody() -> None:
    one = Rules.of([ClientRule(subject="evil.example", verdict=DENY, created_at=NOW, user_id="ada")], ALLOW)

    assert {} == one.everybody
    assert ALLOW is verdict(one, a_stranger(EVIL))
    assert "" == EVERYBODY


@pytest.mark.parametrize(
    ("client", "used", "subject"),
    [
        (a_stranger(CLAUDE), 0, "agent:claude"),
        (a_stranger(*CURSOR), 0, "agent:cursor"),
        (a_stranger(CLAUDE, EVIL), 0, "claude.ai"),
        (a_stranger(EVIL), 0, "evil.example"),
        (a_stranger("http://localhost:4711/cb"), 0, "localhost"),
        (a_stranger("com.example.app:/cb"), 0, "com.example.app:"),
        (a_stranger(EVIL, client_id="https://evil.example/client.json"), 0, "https://evil.example/client.json"),
        (a_client(client_id="dwd_1", origin=ClientOrigin.DYNAMIC, redirect_uris=(EVIL,)), 0, "dwd_1"),
    ],
)
def test_an_approval_is_for_the_narrowest_thing_that_stays_the_same(client: Client, used: int, subject: str) -> None:
    """And it allows the very request it was given for."""
    uri = client.redirect_uris[used]
    assert subject == approval_subject(client, uri, KNOWN_CLIENTS)
    approved = Rules.of([ClientRule(subject=subject, verdict=ALLOW, created_at=NOW)], ASK)

    assert ALLOW is approved.verdict(client, uri, KNOWN_CLIENTS, {})
    assert describe_subject(subject, KNOWN_CLIENTS)
