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
from doorward.oauth.endpoints.authorize import start
from doorward.oauth.interaction import Redirect, SignedInUser
from doorward.oauth.records import Block, ClientOrigin
from doorward.oauth.remembered_consent import Prepared, prepare
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
WRONG = ("disabled", "deleted", "untrusted", "strange", "id_blocked", "host_blocked", "other_blocked", "moved")


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    wrong=st.fixed_dictionaries(dict.fromkeys(WRONG, RARELY)),
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
    consented: str,
    asked: str | None,
    left: int,
    age: int,
    max_age: int | None,
    prompt: str | None,
):
    """Whatever changed since the caches were filled."""
    web = given_a_web(database)
    host = f"{a_user().id}.example"
    user, client = a_user(), a_client(trusted=True, redirect_uris=(f"https://{host}/callback",))
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
        resource=web.server.policy.default_resource.identifier,
        scope=Scope.parse(consented),
    )

    def fill(stores: SqlStores) -> None:
        stores.users.add(user)
        stores.clients.add(client)
        stores.sessions.add(session)
        stores.consents.remember(consent)

    database.write(fill)
    query = query_of(client_id=client.client_id, scope=asked, max_age=max_age, prompt=prompt)
    prepared = prepare(web.server, query, session.token_hash, now=NOW, context=HERE)
    database.write(lambda stores: go_wrong(stores, wrong, user_id=user.id, client_id=client.client_id, host=host))

    issued = prepared is not None and database.code_path.issue_remembered(prepared.claim, NOW)

    assert made(database, prepared) is issued
    assert issued is endpoint_issues(given_a_web(database).server, database, query, token.reveal())


def query_of(**members: object) -> bytes:
    fixed = {"response_type": "code", "code_challenge": a_challenge(), "code_challenge_method": "S256"}
    return urlencode({**fixed, **{name: value for name, value in members.items() if value is not None}}).encode()


def go_wrong(stores: SqlStores, wrong: dict[str, bool], *, user_id: str, client_id: str, host: str) -> None:
    clients = schema.clients
    this = update(clients).where(clients.c.client_id == client_id)
    changes: dict[str, Any] = {
        "disabled": update(schema.users).where(schema.users.c.id == user_id).values(disabled_at=NOW),
        "untrusted": this.values(trusted=False),
        "strange": this.values(origin=ClientOrigin.DYNAMIC),
        "deleted": delete(clients).where(clients.c.client_id == client_id),
    }
    for name, change in changes.items():
        if wrong[name]:
            stores.connection.execute(change)
    for name, subject in (("id_blocked", client_id), ("host_blocked", host), ("other_blocked", f"x{host}")):
        if wrong[name]:
            stores.clients.add_block(Block(subject=subject, created_at=NOW))


def made(database: Database, prepared: Prepared | None) -> bool:
    """Whether there is an Authorization with its code."""
    return prepared is not None and database.token_path.explain_code(prepared.claim.code_hash) is not None


def endpoint_issues(server: Server, database: Database, query: bytes, token: str) -> bool:
    """Whether the endpoint itself, with cold caches, sends the person back with a code."""
    current = find_session(database, token=token, kind=SessionKind.BROWSER, now=NOW)
    user = current and SignedInUser(
        user_id=current.user.id,
        email=current.user.email,
        session_hash=current.session.token_hash,
        auth_time=current.session.authenticated_at,
    )
    step = start(server, query, user, now=NOW, context=HERE)
    return isinstance(step, Redirect) and step.code is not None
