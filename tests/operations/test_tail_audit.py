"""Reading the audit trail."""

from doorward.operations.tail_audit import tail_audit
from tests.builders import given_a_user


def test_the_trail_is_read_from_its_end_or_onwards_from_an_event(database):
    """As `audit tail` prints it, and follows it."""
    for number in range(5):
        given_a_user(database, email=f"user{number}@example.org")

    newest = tail_audit(database, limit=2)
    onwards = tail_audit(database, limit=10, after_id=newest[0][0])

    assert 2 == len(newest)
    assert newest[0][0] < newest[1][0]
    assert [newest[1]] == list(onwards)
    assert [] == list(tail_audit(database, limit=10, after_id=newest[1][0]))
