"""Sparing a person the question: which requests a remembered consent may answer, and how one is asked for."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from doorward.audit import RequestContext
from doorward.kit import b64
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.authorization_request import (
    AuthorizationRequest,
    RedirectTarget,
    Untrusted,
    read_parameters,
    read_request,
    trusted_redirect_target,
)
from doorward.oauth.client_rules import allowing_subjects, restricting_subjects
from doorward.oauth.errors import OAuthError
from doorward.oauth.interaction import Redirect
from doorward.oauth.look_ups import LookUpNeeded
from doorward.oauth.ports import RememberedClaim
from doorward.oauth.records import ClientOrigin
from doorward.oauth.redirect_uri import redirect_host, runs_on_this_computer
from doorward.oauth.server import Server
from doorward.oauth.tokens.refresh_token import AUTHORIZATION_ID_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A request that a remembered consent may answer, with the code it is answered with."""

    claim: RememberedClaim
    target: RedirectTarget
    code: Secret

    def answer(self) -> Redirect:
        """The authorization response, once the claim was accepted (RFC 6749 §4.1.2)."""
        code = self.code.reveal()
        return Redirect(location=self.target.with_code(code), code=code)


def may_stand_in(target: RedirectTarget) -> bool:
    """Whether a consent from before may ever stand in for the person (ASVS 10.7.1).

    Only for an operator's trusted client, and only for an answer that no other program on the person's computer
    could catch (RFC 8252 §8.6).
    """
    client = target.client
    return client.origin is ClientOrigin.OPERATOR and client.trusted and not runs_on_this_computer(target.redirect_uri)


def asks_anyway(request: AuthorizationRequest) -> bool:
    """Whether the client wants the person to be asked or signed in anew (OIDC Core §3.1.2.1 `prompt`)."""
    return not request.prompt.isdisjoint({"consent", "login", "select_account"})


def prepare(
    server: Server, query: bytes, session_hash: bytes, *, now: datetime, context: RequestContext
) -> Prepared | None:
    """Read a request and make ready what it may be answered with.

    None when it is for the authorization endpoint to answer: it is wrong, the person is to be asked, or a cache is
    cold and `server` cannot wait.
    """
    try:
        params = read_parameters(query)
        target = trusted_redirect_target(server, params, now)
        if not may_stand_in(target):
            return None
        request = read_request(server.policy, target, params)
    except (LookUpNeeded, OAuthError, Untrusted):
        return None
    if asks_anyway(request):
        return None
    client, known = target.client, server.clients.known
    code, drawn = new_token(TokenPrefix.CODE), secrets.token_bytes(AUTHORIZATION_ID_BYTES + 32)
    claim = RememberedClaim(
        session_hash=session_hash,
        authenticated_since=None if request.max_age is None else now - request.max_age,
        restricting_subjects=restricting_subjects(client, known),
        allowing_subjects=allowing_subjects(client, target.redirect_uri, known),
        agent=target.identity.agent.id if target.identity is not None else None,
        authorization_id=drawn[32:],
        public_id=b64.encode(drawn[:16]),
        interaction_id=b64.encode(drawn[16:32]),
        client_id=client.client_id,
        client_name=client.client_name,
        client_redirect_uris=client.redirect_uris,
        client_scope=client.scope,
        redirect_uri=target.redirect_uri,
        redirect_host=redirect_host(target.redirect_uri),
        scope=request.scope,
        resource=request.resource.identifier,
        expires_at=now + server.policy.authorization_lifetime_at(request.resource),
        code_hash=digest(code.reveal()),
        code_challenge=request.code_challenge,
        code_expires_at=now + server.policy.authorization_code_lifetime,
        context=context,
    )
    return Prepared(claim=claim, target=target, code=code)
