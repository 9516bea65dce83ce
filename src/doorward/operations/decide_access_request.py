"""Approve or refuse what a person asked the administrators for."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.records import EVERYBODY, AccessRequest, ClientRule, Verdict
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.set_client_rule import enact, who_decided


def decide_access_request(
    database: ServerDatabase,
    *,
    request_id: str,
    approve: bool,
    for_everybody: bool,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> AccessRequest | None:
    """Make the rule that was asked for; None when the request is gone, so that of two decisions the first counts.

    `by_user` is the administrator; without one it was an operator. A refusal is a block: what it concerns ends at once.
    """

    def unit(stores: Stores) -> AccessRequest | None:
        stores.clients.hold(exclusive=True)
        request = stores.access_requests.take(request_id)
        if request is None:
            return None
        verdict = Verdict.ALLOW if approve else Verdict.DENY
        whose = EVERYBODY if for_everybody else request.user_id
        rule = ClientRule(subject=request.subject, verdict=verdict, user_id=whose, created_at=now)
        enact(stores, rule, by_user=by_user, context=context)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.ACCESS_APPROVED if approve else AuditTag.ACCESS_REFUSED,
                at=now,
                user_id=by_user,
                client_id=request.client_id,
                context=context,
                detail={
                    "by": who_decided(by_user),
                    "subject": request.subject,
                    "for_user": request.user_id,
                    "for_everybody": for_everybody,
                },
            )
        )
        return request

    return database.write(unit)
