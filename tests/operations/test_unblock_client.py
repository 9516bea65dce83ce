"""Lifting blocks."""

import pytest

from doorward.audit import AuditTag
from doorward.oauth.records import ClientRule, Verdict
from doorward.operations.block_client import block_client
from doorward.operations.list_client_rules import list_client_rules
from doorward.operations.unblock_client import unblock_client
from tests.builders import HERE, NOW, audited


def unblock(database, subject) -> str | None:
    return unblock_client(database, subject=subject, now=NOW, context=HERE)


def blocked(database) -> list[str]:
    return [rule.subject for rule, _ in list_client_rules(database)]


@pytest.mark.parametrize("subject", ["evil.example", " EVIL.example.", "https://evil.example/"])
def test_a_block_is_lifted_however_its_host_is_spelt(database, subject):
    """And it is audited."""
    for name in ("evil.example", "other.example"):
        block_client(database, subject=name, now=NOW, context=HERE)

    assert "evil.example" == unblock(database, subject)

    assert ["other.example"] == blocked(database)
    (event,) = audited(database, AuditTag.CLIENT_UNBLOCKED)
    assert {"by": "operator", "subject": "evil.example"} == event.detail


def test_a_block_that_would_be_refused_today_can_be_lifted_as_it_is_listed(database):
    """Whatever was recorded before can be taken away."""
    rule = ClientRule(subject="localhost:8431", verdict=Verdict.DENY, created_at=NOW)
    database.write(lambda stores: stores.clients.set_rule(rule))

    assert "localhost:8431" == unblock(database, "localhost:8431")
    assert [] == blocked(database)


@pytest.mark.parametrize("subject", ["evil.example", "dwp_STATELESS", "", "two words"])
def test_lifting_what_is_not_blocked_does_nothing(database, subject):
    """Ids are told apart by their case; nothing is audited."""
    block_client(database, subject="dwp_stateless", now=NOW, context=HERE)

    assert unblock(database, subject) is None
    assert ["dwp_stateless"] == blocked(database)
    assert [] == audited(database, AuditTag.CLIENT_UNBLOCKED)
