"""Builders: what tests are made of, with safe defaults, so that a test states only what it is about."""

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.login import SessionLifetimes, SignInLimits
from doorward.identity.passwords import HashCost, Passwords
from doorward.identity.records import ApiKey, Invitation, InvitationKind, Session, SessionKind, SignedIn, User
from doorward.jose.records import KeyState, StoredKey
from doorward.kit.secrets import Secret
from doorward.oauth.interaction import AskConsent, ClientIntroduction
from doorward.oauth.policy import OFFLINE_ACCESS, ScopeToken
from doorward.oauth.ports import CodeClaim, Redeemed, RefreshClaim, RememberedClaim
from doorward.oauth.records import (
    AccessRequest,
    Authorization,
    AuthorizationCode,
    Client,
    ClientOrigin,
    Consent,
    InitialAccessToken,
    StoredDocument,
)
from doorward.oauth.scope import Scope
from doorward.operations.create_client import create_client
from doorward.operations.create_user import create_user
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.sign_in import sign_in

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HERE = RequestContext(address="192.0.2.7", request_id="request-1")
A_PASSWORD = "zebra fjord pickle lantern"
AN_EMAIL = "ada@example.org"


def fast_passwords(**cost: int) -> Passwords:
    """Passwords hashed at next to no cost."""
    return Passwords(cost=HashCost(**{"memory_kib": 8, "passes": 1, **cost}))


def given_a_user(
    database: ServerDatabase,
    *,
    email: str = AN_EMAIL,
    password: str = A_PASSWORD,
    is_administrator: bool = False,
    now: datetime = NOW,
) -> User:
    """An account in the database."""
    return create_user(
        database,
        fast_passwords(),
        email=email,
        password=password,
        is_administrator=is_administrator,
        now=now,
        context=HERE,
    )


def audited(database: ServerDatabase, tag: AuditTag) -> list[AuditEvent]:
    """The events of one kind, oldest first."""
    trail = database.read(lambda stores: stores.audit.tail(limit=1000))
    return [event for _, event in trail if event.tag is tag]


def sign_in_with(database: ServerDatabase, **given: object) -> tuple[Secret, SignedIn]:
    """Sign in as the default user, from a browser, unless told otherwise."""
    arguments: dict[str, Any] = {
        "passwords": fast_passwords(),
        "limits": SignInLimits(),
        "lifetimes": SessionLifetimes(),
        "email": AN_EMAIL,
        "password": A_PASSWORD,
        "kind": SessionKind.BROWSER,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return sign_in(database, **arguments)


def an_authorization(user_id: str, **given: object) -> Authorization:
    """An Authorization whose code was redeemed."""
    members: dict[str, Any] = {
        "id": secrets.token_bytes(16),
        "public_id": secrets.token_hex(16),
        "interaction_id": secrets.token_hex(16),
        "user_id": user_id,
        "client_id": "dwd_client",
        "client_name": "A client",
        "redirect_uri": "https://client.example/callback",
        "scope": Scope.of(["mcp"]),
        "resource": "https://mcp.example/http",
        "auth_time": NOW,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=365),
        "activated_at": NOW,
        "last_used_at": NOW,
        "refresh_current": 1,
        **given,
    }
    return Authorization(**members)


def given_an_authorization(database: ServerDatabase, user: User, **given: object) -> Authorization:
    """An Authorization of that user in the database."""
    authorization = an_authorization(user.id, **given)
    database.write(lambda stores: stores.authorizations.add(authorization))
    return authorization


def given_a_client_and_secret(database: ServerDatabase, **given: object) -> tuple[Client, Secret | None]:
    """A confidential client that an operator registered."""
    arguments: dict[str, Any] = {
        "name": "Example",
        "redirect_uris": ["https://client.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "auth_method": "client_secret_basic",
        "trusted": False,
        "scope": None,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return create_client(database, **arguments)


def race(racers: int, run: Callable[[int], object]) -> list[object]:
    """Call `run` with 0, 1, 2, ... on so many threads at once; what each returned or raised."""
    outcomes: list[object] = [None] * racers
    start = threading.Barrier(racers)

    def go(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = run(number)
        except Exception as error:  # noqa: BLE001 - whatever a racer meets is its outcome
            outcomes[number] = error

    threads = [threading.Thread(target=go, args=(number,)) for number in range(racers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def a_user(**given: object) -> User:
    """An account that can sign in with no password yet."""
    name = secrets.token_hex(8)
    members: dict[str, Any] = {
        "id": name,
        "email": f"{name.upper()}@example.org",
        "email_canonical": f"{name}@example.org",
        "password_hash": None,
        "created_at": NOW,
        **given,
    }
    return User(**members)


def given_a_plain_user(database: ServerDatabase, **given: object) -> User:
    """An account in the database, past every rule about accounts."""
    user = a_user(**given)
    database.write(lambda stores: stores.users.add(user))
    return user


def a_client(**given: object) -> Client:
    """A public client that an operator registered."""
    members: dict[str, Any] = {
        "client_id": "dwd_" + secrets.token_hex(8),
        "origin": ClientOrigin.OPERATOR,
        "redirect_uris": ("https://client.example/callback",),
        "created_at": NOW,
        **given,
    }
    return Client(**members)


def an_unopened_authorization(user_id: str, **given: object) -> Authorization:
    """An Authorization whose code was not redeemed yet."""
    unopened = {"activated_at": None, "last_used_at": None, "refresh_current": 0}
    return an_authorization(user_id, **{**unopened, **given})


def an_access_request(user_id: str, **given: object) -> AccessRequest:
    """That user waits for an administrator to allow the agent Cursor."""
    members: dict[str, Any] = {
        "id": secrets.token_hex(8),
        "user_id": user_id,
        "subject": "agent:cursor",
        "client_id": "dwp_client",
        "client_name": "Cursor",
        "redirect_uri": "cursor://anysphere.cursor-mcp/oauth/callback",
        "created_at": NOW,
        **given,
    }
    return AccessRequest(**members)


def a_code(authorization: Authorization, **given: object) -> AuthorizationCode:
    """A live code of that Authorization."""
    members: dict[str, Any] = {
        "code_hash": secrets.token_bytes(32),
        "authorization_id": authorization.id,
        "client_id": authorization.client_id,
        "redirect_uri": authorization.redirect_uri,
        "code_challenge": secrets.token_urlsafe(32),
        "resource": authorization.resource,
        "created_at": NOW,
        "expires_at": NOW + timedelta(seconds=60),
        **given,
    }
    return AuthorizationCode(**members)


def given_a_code(database: ServerDatabase, **given: object) -> AuthorizationCode:
    """A live code in the database, with an Authorization of its own and a user."""
    authorization = given_an_authorization(
        database, given_a_plain_user(database), activated_at=None, last_used_at=None, refresh_current=0
    )
    code = a_code(authorization, **given)
    database.write(lambda stores: stores.codes.add(code))
    return code


def a_claim(code: AuthorizationCode, **given: object) -> CodeClaim:
    """The token request that redeems that code."""
    members: dict[str, Any] = {
        "code_hash": code.code_hash,
        "client_id": code.client_id,
        "redirect_uri": code.redirect_uri,
        "code_challenge": code.code_challenge,
        "resource": code.resource,
        "context": HERE,
        **given,
    }
    return CodeClaim(**members)


def a_refresh_claim(authorization: Authorization, **given: object) -> RefreshClaim:
    """The token request that presents the current refresh token of that Authorization."""
    members: dict[str, Any] = {
        "authorization_id": authorization.id,
        "generation": authorization.refresh_current,
        "client_id": authorization.client_id,
        "resource": None,
        "scope": None,
        "retry_window": timedelta(seconds=60),
        "idle_lifetime": timedelta(days=30),
        "context": HERE,
        **given,
    }
    return RefreshClaim(**members)


def a_consent(**given: object) -> Consent:
    """A remembered consent."""
    members: dict[str, Any] = {
        "user_id": "user",
        "client_id": "dwd_client",
        "redirect_host": "client.example",
        "resource": "https://mcp.example/http",
        "scope": Scope.of(["mcp"]),
        "granted_at": NOW,
        **given,
    }
    return Consent(**members)


def given_a_remembered_claim(database: ServerDatabase, **given: object) -> RememberedClaim:
    """The request of a signed-in user to whom a trusted client is no stranger: everything about it holds."""
    user, client = a_user(), a_client(trusted=True, client_name="A client")
    session = a_session(user.id)
    consent = a_consent(user_id=user.id, client_id=client.client_id)

    def unit(stores: Stores) -> None:
        stores.users.add(user)
        stores.clients.add(client)
        stores.sessions.add(session)
        stores.consents.remember(consent)

    database.write(unit)
    return a_remembered_claim(session_hash=session.token_hash, client_id=client.client_id, **given)


def a_remembered_claim(**given: object) -> RememberedClaim:
    """An authorization request that a remembered consent may answer."""
    members: dict[str, Any] = {
        "authenticated_since": None,
        "restricting_subjects": frozenset({"client.example", "spare.example", str(given.get("client_id"))}),
        "allowing_subjects": frozenset({"client.example", str(given.get("client_id"))}),
        "agent": None,
        "authorization_id": secrets.token_bytes(16),
        "public_id": secrets.token_hex(16),
        "interaction_id": secrets.token_hex(16),
        "client_name": "A client",
        "client_redirect_uris": a_client().redirect_uris,
        "client_scope": None,
        "redirect_uri": "https://client.example/callback",
        "redirect_host": "client.example",
        "scope": Scope.of(["mcp"]),
        "resource": "https://mcp.example/http",
        "expires_at": NOW + timedelta(days=365),
        "code_hash": secrets.token_bytes(32),
        "code_challenge": secrets.token_urlsafe(32),
        "code_expires_at": NOW + timedelta(seconds=60),
        "context": HERE,
        **given,
    }
    return RememberedClaim(**members)


def a_stored_document(**given: object) -> StoredDocument:
    """A client's metadata document at rest."""
    members: dict[str, Any] = {
        "client_id": "https://app.example/client.json",
        "body": b'{"client_id":"..."}',
        "fetched_at": NOW,
        "fresh_until": NOW + timedelta(hours=1),
        "attempted_at": NOW,
        "gone_since": None,
        "is_refuted": False,
        "kept_at": NOW,
        "review_at": NOW + timedelta(hours=1),
        **given,
    }
    return StoredDocument(**members)


def a_session(user_id: str, **given: object) -> Session:
    """A browser's session."""
    members: dict[str, Any] = {
        "token_hash": secrets.token_bytes(32),
        "kind": SessionKind.BROWSER,
        "user_id": user_id,
        "authenticated_at": NOW,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=30),
        **given,
    }
    return Session(**members)


def an_api_key(user_id: str, **given: object) -> ApiKey:
    """A live MCP API key without an end."""
    members: dict[str, Any] = {
        "public_id": secrets.token_hex(16),
        "key_hash": secrets.token_bytes(32),
        "hint": "wxyz",
        "user_id": user_id,
        "name": "A key",
        "scope": "mcp",
        "resource": "https://mcp.example/http",
        "created_at": NOW,
        **given,
    }
    return ApiKey(**members)


def an_invitation(**given: object) -> Invitation:
    """An open invitation to sign up."""
    members: dict[str, Any] = {
        "token_hash": secrets.token_bytes(32),
        "kind": InvitationKind.SIGN_UP,
        "email": AN_EMAIL,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
        **given,
    }
    return Invitation(**members)


def a_stored_key(**given: object) -> StoredKey:
    """A signing key that is published and waits."""
    members: dict[str, Any] = {
        "kid": secrets.token_hex(8),
        "algorithm": "ES256",
        "state": KeyState.NEXT,
        "public_jwk": {"kty": "EC", "crv": "P-256"},
        "sealed_private_key": secrets.token_bytes(64),
        "created_at": NOW,
        **given,
    }
    return StoredKey(**members)


def an_initial_access_token(**given: object) -> InitialAccessToken:
    """A live initial access token for any number of registrations."""
    members: dict[str, Any] = {
        "id": secrets.token_hex(8),
        "token_hash": secrets.token_bytes(32),
        "name": "a token",
        "created_at": NOW,
        **given,
    }
    return InitialAccessToken(**members)


def a_consent_step(
    client: ClientIntroduction, *, stays_connected: bool = True, changes: tuple[str, ...] = ()
) -> AskConsent:
    """The question to the person whether the client may act for them."""
    return AskConsent(
        interaction="sealed",
        client=client,
        email=AN_EMAIL,
        resource="https://mcp.example.com/http",
        resource_name="Example tools",
        scopes=(ScopeToken("mcp", "Use the tools of this MCP server as you"), OFFLINE_ACCESS),
        idle_lifetime=timedelta(days=30),
        lifetime=timedelta(days=365),
        stays_connected=stays_connected,
        access_token_lifetime=timedelta(hours=1),
        changes=changes,
    )


def what_is_redeemed(authorization: Authorization, *, generation: int) -> Redeemed:
    """The verdict of a code or refresh token of that Authorization."""
    return Redeemed(
        authorization_id=authorization.id,
        public_id=authorization.public_id,
        user_id=authorization.user_id,
        client_id=authorization.client_id,
        scope=authorization.scope,
        resource=authorization.resource,
        auth_time=authorization.auth_time,
        expires_at=authorization.expires_at,
        generation=generation,
    )
