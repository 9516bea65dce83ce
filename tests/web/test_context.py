"""What a request is remembered by."""

from typing import Any

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.tail_audit import tail_audit
from doorward.storage import Database
from doorward.web.client_address import ClientAddress
from doorward.web.context import Web
from tests.builders import NOW


def a_web() -> Web:
    """One that knows addresses; nothing else is asked of it here."""
    parts: dict[str, Any] = {**dict.fromkeys(Web.__slots__), "client_address": ClientAddress(())}
    return Web(**parts)


def a_scope() -> dict[str, Any]:
    return {"type": "http", "client": ("192.0.2.7", 1), "headers": [(b"x-request-id", b"forged"), (b"host", b"x")]}


def test_the_events_of_one_request_share_its_id_in_the_trail(database: Database):
    web, scope = a_web(), a_scope()
    other = web.context_of(a_scope())
    contexts = [web.context_of(scope), web.context_of(scope), other]
    for context in contexts:
        event = AuditEvent(tag=AuditTag.SIGNED_OUT, at=NOW, context=context)
        database.write(lambda stores, event=event: stores.audit.add(event))

    first, second, third = [event.context for _, event in tail_audit(database, limit=10)]

    assert first == second == RequestContext(address="192.0.2.7", request_id=first.request_id)
    assert first.request_id != third.request_id


def test_a_request_cannot_choose_its_id():
    """Whoever reads the trail can rely on it."""
    request_id = a_web().context_of(a_scope()).request_id

    assert request_id is not None
    assert 16 == len(request_id)
    assert set(request_id) <= set("0123456789abcdef")
