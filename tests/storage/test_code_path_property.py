"""The statement answers for the person if and only if the endpoint would have done so, on both engines."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from doorward.identity.records import SessionKind
from doorward.identity.sessions import new_session
from doorward.kit.secrets import digest
from doorward.oauth.endpoints.authorize import start
from doorward.oauth.interaction import Redirect, SignedInUser
from doorward.oauth.records import EVERYBODY, Authorization, ClientOrigin, ClientRule, Verdict
from doorward.oauth.remembered_consent import prepare
from doorward.oauth.scope import Scope
from doorward.oauth.server import Server
from doorward.operations.find_session import find_session
from doorward.storage import Database, schema
from doorward.storage.stores import SqlStores
from tests.builders import HERE, NOW, a_client, a_consent, a_user
from tests.web.api.builders import a_challenge, given_a_web

RARELY = st.sampled_from([False] * 9 + [True])
CONSENTS = st.sampled_from(["mcp", "mcp", "mcp offline_access", "offline_access mcp", "offline_access", ""])
ASKED = st.sampled_from(["mcp", "mcp", "mcp offline_access", "offline_access mcp", None])
WRONG = ("disabled", "deleted", "untrusted", "strange", "moved", "closed")
ANOTHER = ("renamed", "narrowed", "opened")
"""What makes another client of it, for which the endpoint alone may answer."""
CLAUDE = ("https://claude.ai/api/mcp/auth_callback", "https://claude.com/api/mcp/auth_callback")
SUBJECTS = ("id", "host", "spare host", "foreign host", "agent")
RULES = st.dictionaries(
    st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(["everybody", "own", "another's"])),
    st.sampled_from(list(Verdict)),
    max_size=5,
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    wrong=st.fixed_dictionaries(dict.fromkeys((*WRONG, *ANOTHER), RARELY)),
    rules=st.one_of(st.just({}), RULES),
    is_agent=st.booleans(),
    policy=st.sampled_from(list(Verdict)),
    consented=CONSENTS,
    asked=ASKED,
    left=st.sampled_from([-1, 0, 1, 1000, 1000, 1000]),
    age=st.integers(0, 3),
    max_age=st.sampled_from([None, None, None, 0, 1, 2]),
    prompt=st.sampled_from([None, None, None, None, "none", "consent", "login"]),
)
def test_it_issues_if_and_only_if_the_endpoint_would_have(
    database: Database,
    wrong: dict[str, bool],
    rules: dict[tuple[str, str], Verdict],
    is_agent: bool,
    policy: Verdict,
    consented: str,
    asked: str | None,
    left: int,
    age: int,
    max_age: int | None,
    prompt: str | None,
):
    """Whatever changed since the caches were filled."""
    server = a_server(database, policy)
    own = f"{a_user().id}.example"
    uris = CLAUDE if is_agent else (f"https://{own}/callback", f"https://spare.{own}/callback")
    host, spare = (uri.split("/")[2] for uri in uris)
    user, client = a_user(), a_client(trusted=True, redirect_uris=uris)
    token, session = new_session(user, SessionKind.BROWSER, lifetime=timedelta(days=1), now=NOW)
    session = replace(
        session,
        authenticated_at=NOW - timedelta(seconds=age),
        expires_at=NOW + timedelta(microseconds=left),
    )
    consent = a_consent(
        user_id=user.id,
        client_id=client.client_id,
        redirect_host="elsewhere.example" if wrong["moved"] else host,
        resource=server.policy.default_resource.identifier,
        scope=Scope.parse(consented),
    )

    def fill(stores: SqlStores) -> None:
        stores.connection.execute(delete(schema.client_rules))
        stores.users.add(user)
        stores.clients.add(client)
        stores.sessions.add(session)
        stores.consents.remember(consent)

    database.write(fill)
    query = query_of(client_id=client.client_id, redirect_uri=uris[0], scope=asked, max_age=max_age, prompt=prompt)
    prepared = prepare(server, query, session.token_hash, now=NOW, context=HERE)
    database.write(lambda stores: go_wrong(stores, wrong, user_id=user.id, client_id=client.client_id, uris=uris))
    named: dict[str, str] = dict(
        zip(SUBJECTS, (client.client_id, host, spare, f"x{host}", "agent:claude"), strict=True)
    )
    people = {"everybody": EVERYBODY, "own": user.id, "another's": f"x{user.id}"}
    for (subject, whose), verdict in rules.items():
        rule = ClientRule(subject=named[subject], user_id=people[whose], verdict=verdict, created_at=NOW)
        database.write(lambda stores, it=rule: stores.clients.set_rule(it))

    issued = prepared is not None and database.code_path.issue_remembered(prepared.claim, NOW)
    mine = made(database, None if prepared is None else prepared.claim.code_hash)
    code = code_of_endpoint(a_server(database, policy), database, query, token.reveal())
    its = made(database, None if code is None else digest(code))

    is_another = any(wrong[name] for name in ANOTHER) and not wrong["deleted"]
    assert issued is (mine is not None)
    assert issued is (its is not None and not is_another)
    assert mine is None or its is None or as_told(mine) == as_told(its)


def a_server(database: Database, policy: Verdict) -> Server:
    """One with cold caches, which treats clients that no rule speaks of by that policy."""
    server = given_a_web(database).server
    return replace(server, clients=replace(server.clients, default=policy))


def as_told(authorization: Authorization) -> Authorization:
    """It without what is drawn."""
    return replace(authorization, id=b"", public_id="", interaction_id="")


def query_of(**members: object) -> bytes:
    fixed = {"response_type": "code", "code_challenge": a_challenge(), "code_challenge_method": "S256"}
    return urlencode({**fixed, **{name: value for name, value in members.items() if value is not None}}).encode()


def go_wrong(stores: SqlStores, wrong: dict[str, bool], *, user_id: str, client_id: str, uris: tuple[str, ...]) -> None:
    clients = schema.clients
    this = update(clients).where(clients.c.client_id == client_id)
    changes: dict[str, Any] = {
        "disabled": update(schema.users).where(schema.users.c.id == user_id).values(disabled_at=NOW),
        "untrusted": this.values(trusted=False),
        "strange": this.values(origin=ClientOrigin.DYNAMIC),
        "closed": this.values(redirect_uris=("https://closed.example/callback",)),
        "renamed": this.values(client_name="Another"),
        "narrowed": this.values(scope=Scope.of(["mcp"])),
        "opened": this.values(redirect_uris=(*uris, "https://more.example/callback")),
        "deleted": delete(clients).where(clients.c.client_id == client_id),
    }
    for name, change in changes.items():
        if wrong[name]:
            stores.connection.execute(change)


def made(database: Database, code_hash: bytes | None) -> Authorization | None:
    """The Authorization that there is with that code."""
    found = database.token_path.explain_code(code_hash) if code_hash is not None else None
    return found[1] if found is not None else None


def code_of_endpoint(server: Server, database: Database, query: bytes, token: str) -> str | None:
    """What the endpoint itself, with cold caches, sends the person back with."""
    current = find_session(database, token=token, kind=SessionKind.BROWSER, now=NOW)
    user = current and SignedInUser(
        user_id=current.user.id,
        email=current.user.email,
        session_hash=current.session.token_hash,
        auth_time=current.session.authenticated_at,
    )
    step = start(server, query, user, now=NOW, context=HERE)
    return step.code if isinstance(step, Redirect) else None
