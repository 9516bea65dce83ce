"""End what people allowed at resources that neither the settings nor the database have any more."""

from datetime import datetime, timedelta

import structlog

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.resource_catalogue import ResourceRules, merge
from doorward.operations.ports import Absence, ServerDatabase, Stores
from doorward.operations.resource_changes import forget_answers

ABSENT_LIFETIME = timedelta(hours=24)
"""For so long a resource may be missing from the settings of every server, so that a slip ends nothing."""

LONGEST_UNSEEN = timedelta(hours=1)
"""After so long without a look it counts anew: time in which no server ran, or that a clock jumped, proves nothing."""

log = structlog.get_logger(__name__)


def end_absent_resources(database: ServerDatabase, rules: ResourceRules, *, now: datetime) -> int:
    """Note which resources are missing and which are back, and end what hangs on those missing too long; how much.

    A server that has a resource takes back what another noted of it. Nothing is written while all are there.
    """
    missing = database.read(lambda stores: _missing(stores, rules))
    if missing == database.read(lambda stores: frozenset(stores.facts.absent_resources())) == frozenset():
        return 0
    return database.write(lambda stores: _end(stores, rules, missing, now))


def _end(stores: Stores, rules: ResourceRules, missing: frozenset[str], now: datetime) -> int:
    stores.resources.hold()
    before = stores.facts.absent_resources()
    absences = {name: _seen(before.get(name), now) for name in sorted(missing - _present(stores, rules))}
    ended = 0
    for identifier in [name for name, absence in absences.items() if now - absence.since >= ABSENT_LIFETIME]:
        del absences[identifier]
        forget_answers(stores, identifier)
        revoked = stores.authorizations.revoke_of_resource(identifier, at=now, reason="resource_withdrawn")
        detail = {"resource": identifier, "authorizations": revoked}
        stores.audit.add(AuditEvent(tag=AuditTag.RESOURCE_WITHDRAWN, at=now, context=RequestContext(), detail=detail))
        ended += revoked
    if absences != before:
        stores.facts.set_absent_resources(absences)
    for identifier in absences.keys() - before.keys():
        log.warning("resource_absent", resource=identifier, ends_at=(now + ABSENT_LIFETIME).isoformat("T", "seconds"))
    return ended


def _seen(before: Absence | None, now: datetime) -> Absence:
    is_the_same = before is not None and now - before.seen_at <= LONGEST_UNSEEN
    return Absence(before.since if before is not None and is_the_same else now, now)


def _missing(stores: Stores, rules: ResourceRules) -> frozenset[str]:
    return stores.resources.in_use() - _present(stores, rules)


def _present(stores: Stores, rules: ResourceRules) -> frozenset[str]:
    """What the settings of this process and the database have, whether or not it can be read or collides."""
    stored = stores.resources.list()
    return frozenset(row.identifier for row in stored) | {each.identifier for each in merge(rules, stored)}
