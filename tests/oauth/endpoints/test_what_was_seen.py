"""What spares a person the question and what a page calls new are one rule: each token that they saw, and no other."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.identity.records import SessionKind
from doorward.identity.sessions import new_session
from doorward.oauth.endpoints.authorize import start
from doorward.oauth.interaction import AskConsent, Redirect, SignedInUser
from doorward.oauth.policy import OFFLINE_ACCESS
from doorward.oauth.protected_resource import Resource, ScopeToken
from doorward.oauth.scope import Scope
from doorward.oauth.server import Server
from doorward.storage import Database
from doorward.storage.stores import SqlStores
from tests.builders import HERE, NOW, a_client, a_consent, a_user, an_authorization
from tests.web.api.builders import a_challenge, given_a_web

NAMES = ("mcp", "read", "write", "admin")
FILES = "https://files.example/mcp"
SCOPES = st.sets(st.sampled_from((*NAMES, OFFLINE_ACCESS.name))).filter(lambda names: names != {OFFLINE_ACCESS.name})
HIERARCHIES = st.fixed_dictionaries(
    {name: st.sets(st.sampled_from(NAMES[at + 1 :])) for at, name in enumerate(NAMES[:-1])}
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seen=SCOPES, asked=SCOPES.filter(bool), includes=HIERARCHIES)
def test_a_person_is_asked_if_and_only_if_something_is_new(
    database: Database, seen: set[str], asked: set[str], includes: dict[str, set[str]]
):
    """Whatever a token includes by now: an operator can change that, and nobody saw it."""
    server = a_server_with(database, includes)
    user, client = a_user(), a_client(trusted=True)
    uri, saw = client.redirect_uris[0], Scope.of(sorted(seen))
    _, session = new_session(user, SessionKind.BROWSER, lifetime=timedelta(days=1), now=NOW)
    place: dict[str, Any] = {"user_id": user.id, "client_id": client.client_id, "resource": FILES, "scope": saw}

    def fill(stores: SqlStores) -> None:
        stores.users.add(user)
        stores.clients.add(client)
        stores.sessions.add(session)
        stores.consents.remember(a_consent(redirect_host="client.example", **place))
        stores.authorizations.add(an_authorization(redirect_uri=uri, **place))

    database.write(fill)
    query = urlencode(
        {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": uri,
            "resource": FILES,
            "scope": " ".join(sorted(asked)),
            "code_challenge": a_challenge(),
            "code_challenge_method": "S256",
        }
    ).encode()
    person = SignedInUser(user_id=user.id, email=user.email, session_hash=session.token_hash, auth_time=NOW)
    step = start(server, query, person, now=NOW, context=HERE)

    new = asked - seen
    assert isinstance(step, AskConsent if new else Redirect)
    assert new == ({token.name for token in step.added} if isinstance(step, AskConsent) else set())


def a_server_with(database: Database, includes: dict[str, set[str]]) -> Server:
    """One whose resource has that hierarchy today."""
    server = given_a_web(database).server
    scopes = tuple(ScopeToken(name, f"May {name}", tuple(sorted(includes.get(name, ())))) for name in NAMES)
    resource = Resource(identifier=FILES, name="Files", scopes=scopes, default_scope=Scope.of(["mcp"]))
    return replace(server, policy=replace(server.policy, resources=[resource]))
