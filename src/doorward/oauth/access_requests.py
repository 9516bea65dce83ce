"""Asking the administrators: what a person does when their approval stands between a request and its consent."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.authorization_request import RedirectTarget
from doorward.oauth.client_rules import approval_subject
from doorward.oauth.interaction import SignedInUser
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import AccessRequest, Verdict
from doorward.oauth.server import Server

MAX_OF_ONE_PERSON = 10
MAX_WAITING = 5_000
"""Above it the oldest are forgotten; their people can ask again."""
ACCESS_REQUEST_LIFETIME = timedelta(days=30)


class Asked(StrEnum):
    """What came of asking."""

    WAITING = "waiting"
    DECIDED = "decided"
    """There is nothing to ask for: it is allowed or denied."""
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the rules say of a person's request, and since when they wait for it."""

    verdict: Verdict
    waiting_since: datetime | None = None


def standing(server: Server, target: RedirectTarget, user: SignedInUser) -> Standing:
    """Whether the person may connect the client, by the rules of this moment."""
    client, uri = target.client, target.redirect_uri

    def unit(stores: OAuthStores) -> Standing:
        verdict = server.clients.verdict(stores, client, uri, user.user_id)
        if verdict is not Verdict.ASK:
            return Standing(verdict)
        found = stores.access_requests.find(user.user_id, approval_subject(client, uri, server.clients.known))
        return Standing(verdict, found.created_at if found is not None else None)

    return server.database.read(unit)


def ask_administrators(
    server: Server, target: RedirectTarget, user: SignedInUser, *, now: datetime, context: RequestContext
) -> Asked:
    """Let the person's request wait; asking twice is as good as once."""
    client, uri = target.client, target.redirect_uri

    def unit(stores: OAuthStores) -> Asked:
        stores.clients.hold(exclusive=True)
        if server.clients.verdict(stores, client, uri, user.user_id) is not Verdict.ASK:
            return Asked.DECIDED
        subject, waiting = approval_subject(client, uri, server.clients.known), stores.access_requests
        if waiting.find(user.user_id, subject) is not None:
            return Asked.WAITING
        if waiting.count_of_user(user.user_id) >= MAX_OF_ONE_PERSON:
            return Asked.TOO_MANY
        waiting.add(
            AccessRequest(
                id=secrets.token_urlsafe(16),
                user_id=user.user_id,
                subject=subject,
                client_id=client.client_id,
                client_name=client.client_name,
                redirect_uri=uri,
                created_at=now,
            )
        )
        waiting.evict_oldest(keep=MAX_WAITING)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.ACCESS_REQUESTED,
                at=now,
                user_id=user.user_id,
                client_id=client.client_id,
                context=context,
                detail={"subject": subject},
            )
        )
        return Asked.WAITING

    return server.database.write(unit)
