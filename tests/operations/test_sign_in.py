"""Signing in with a password (ASVS 6.3, 7.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.audit import AuditTag, RequestContext
from doorward.identity.login import SessionLifetimes, SignInFailed, SignInLimits, TooManyAttempts
from doorward.identity.records import SessionKind
from doorward.identity.users import new_user
from doorward.kit.secrets import digest
from doorward.operations.disable_user import disable_user
from doorward.operations.find_session import find_session
from doorward.operations.find_user_by_email import find_user_by_email
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW, audited, fast_passwords, given_a_user, race, sign_in_with

WRONG = "a wrong but long password"


def fail(database, **given: object) -> None:
    with pytest.raises(SignInFailed):
        sign_in_with(database, **{"password": WRONG, **given})


def test_the_right_password_gives_a_session(database):
    """Opaque, found by its hash, with the person and when they authenticated (OIDC Core §2 `auth_time`)."""
    user = given_a_user(database)

    token, signed_in = sign_in_with(database, email=" ADA@example.org")

    assert user == signed_in.user
    assert NOW == signed_in.session.authenticated_at
    assert digest(token.reveal()) == signed_in.session.token_hash
    assert token.reveal().startswith("dwn_")
    assert signed_in == find_session(database, token=token.reveal(), kind=SessionKind.BROWSER, now=NOW)


def test_every_sign_in_gives_a_new_token(database):
    """ASVS 7.2.4."""
    given_a_user(database)

    tokens = {sign_in_with(database)[0].reveal() for _ in range(5)}

    assert 5 == len(tokens)


def test_unknown_wrong_and_disabled_are_one_answer(database):
    """Nobody learns which addresses have accounts (ASVS 6.3.8)."""
    given_a_user(database)
    given_a_user(database, email="gone@example.org")
    disable_user(database, email="gone@example.org", now=NOW, context=HERE)

    texts = set()
    for email, password in [
        (AN_EMAIL, WRONG),
        (AN_EMAIL, ""),
        ("eve@example.org", A_PASSWORD),
        ("gone@example.org", A_PASSWORD),
        ("gone@example.org", WRONG),
        ("not an address", A_PASSWORD),
        ("", ""),
        ("\ud800", "\ud800"),
    ]:
        with pytest.raises(SignInFailed) as failed:
            sign_in_with(database, email=email, password=password)
        texts.add(str(failed.value))

    assert 1 == len(texts)


def test_a_failure_is_audited_without_what_was_typed(database):
    """A password typed into the field for the address must not reach the trail (S18)."""
    user = given_a_user(database)
    fail(database)
    fail(database, email="hunter2 is my password")
    fail(database, email="swordfish@example.org")

    known, *unknown = audited(database, AuditTag.SIGN_IN_FAILED)

    assert (user.id, HERE) == (known.user_id, known.context)
    assert "password_wrong" == known.detail["reason"]
    assert [None, None] == [event.user_id for event in unknown]
    for typed in (WRONG, "hunter2", "swordfish"):
        assert typed not in repr([known, *unknown])


def test_a_success_is_audited(database):
    """With the id and the address it came from."""
    user = given_a_user(database)
    token, _ = sign_in_with(database)

    (event,) = audited(database, AuditTag.SIGNED_IN)

    assert (user.id, HERE, NOW) == (event.user_id, event.context, event.at)
    assert token.reveal() not in repr(event)


def test_after_ten_failures_even_the_right_password_waits(database):
    """At most ten attempts for an address of e-mail (ASVS 6.3.1)."""
    given_a_user(database)
    for _ in range(10):
        fail(database)

    with pytest.raises(TooManyAttempts) as refused:
        sign_in_with(database)

    assert timedelta(0) < refused.value.retry_after <= timedelta(minutes=15)
    assert 10 == len(audited(database, AuditTag.SIGN_IN_FAILED))
    sign_in_with(database, now=NOW + refused.value.retry_after)


def test_accounts_that_do_not_exist_are_throttled_alike(database):
    """The same number of attempts, the same wait, so that the limit is no oracle."""
    given_a_user(database)
    waits = []
    for email in (AN_EMAIL, "eve@example.org", "not an address"):
        for _ in range(10):
            fail(database, email=email, context=RequestContext())
        with pytest.raises(TooManyAttempts) as refused:
            sign_in_with(database, email=email, password=WRONG, context=RequestContext())
        waits.append((refused.value.retry_after, str(refused.value)))

    assert 1 == len(set(waits))


def test_every_spelling_of_an_address_counts_for_one_account(database):
    """Otherwise capitals would multiply the guesses."""
    given_a_user(database)
    for number in range(10):
        fail(database, email=" " * number + ("ADA@example.org" if number % 2 else "ada@Example.org"))

    with pytest.raises(TooManyAttempts):
        sign_in_with(database)


def test_a_success_resets_the_counter_of_the_account(database):
    """Nine typing errors a day lock nobody out."""
    given_a_user(database)
    for _ in range(3):
        for _ in range(9):
            fail(database)
        sign_in_with(database)


def test_one_network_address_cannot_try_many_accounts(database):
    """Password spraying meets a limit of its own (ASVS 6.3.1)."""
    limits = SignInLimits(attempts_per_address=5)
    for number in range(5):
        fail(database, email=f"user{number}@example.org", limits=limits, context=RequestContext("2001:db8::1"))

    with pytest.raises(TooManyAttempts):
        fail(database, email="user5@example.org", limits=limits, context=RequestContext("2001:db8::ffff"))
    fail(database, email="user5@example.org", limits=limits, context=RequestContext("2001:db8:0:1::1"))


def test_a_refused_network_address_uses_nobodys_attempts_up(database):
    """Whoever is refused anyway cannot lock others out on top of it."""
    given_a_user(database)
    limits = SignInLimits(attempts_per_address=1)
    fail(database, email="eve@example.org", limits=limits)
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            sign_in_with(database, password=WRONG, limits=limits)

    sign_in_with(database, limits=limits, context=RequestContext("198.51.100.1"))


def test_an_office_behind_one_address_can_sign_in(database):
    """Only failures are limited."""
    given_a_user(database)
    limits = SignInLimits(attempts_per_address=3)

    for _ in range(10):
        sign_in_with(database, limits=limits)


def test_own_successes_do_not_buy_guesses_at_other_accounts(database):
    """A success takes its own attempt back and no other."""
    given_a_user(database)
    limits = SignInLimits(attempts_per_address=4)
    for number in range(3):
        fail(database, email=f"user{number}@example.org", limits=limits)
        sign_in_with(database, limits=limits)
    fail(database, email="user3@example.org", limits=limits)

    with pytest.raises(TooManyAttempts):
        fail(database, email="user4@example.org", limits=limits)


def test_of_fifty_parallel_guesses_at_most_ten_are_verified(database):
    """Counted before verification, atomically."""
    given_a_user(database)

    def guess(number: int) -> None:
        sign_in_with(database, password=f"{WRONG} {number}", context=RequestContext())

    outcomes = race(50, guess)

    assert 10 == sum(isinstance(outcome, SignInFailed) for outcome in outcomes)
    assert 40 == sum(isinstance(outcome, TooManyAttempts) for outcome in outcomes)
    assert 10 == len(audited(database, AuditTag.SIGN_IN_FAILED))


def test_a_flood_of_refused_attempts_is_audited_once(database):
    """The trail tells that it happened and from where, and cannot be filled with it (T8)."""
    user = given_a_user(database)
    for _ in range(10):
        fail(database)
    for _ in range(20):
        with pytest.raises(TooManyAttempts):
            sign_in_with(database)

    (event,) = audited(database, AuditTag.SIGN_IN_THROTTLED)

    assert (user.id, HERE, "account") == (event.user_id, event.context, event.detail["limit"])


def test_the_limits_can_be_lifted(database):
    """For load tests."""
    given_a_user(database)
    limits = SignInLimits(enabled=False)
    for _ in range(30):
        fail(database, limits=limits)

    sign_in_with(database, limits=limits)


def test_administrators_are_signed_in_for_a_shorter_time(database):
    """NIST SP 800-63B-4; the session ends for good when it ends."""
    given_a_user(database, is_administrator=True)
    token, signed_in = sign_in_with(database, lifetimes=SessionLifetimes(administrator=timedelta(hours=2)))

    end = NOW + timedelta(hours=2)

    assert end == signed_in.session.expires_at
    assert find_session(database, token=token.reveal(), kind=SessionKind.BROWSER, now=end) is None


def test_a_hash_of_another_cost_is_replaced(database):
    """When the person signs in, since only then the password is there."""
    given_a_user(database)
    dearer = fast_passwords(passes=2)

    _, signed_in = sign_in_with(database, passwords=dearer)

    stored = find_user_by_email(database, email=AN_EMAIL)
    assert stored == signed_in.user
    assert stored is not None
    assert stored.password_hash is not None
    assert "t=2" in stored.password_hash
    sign_in_with(database, passwords=dearer)


def test_parallel_sign_ins_that_replace_the_hash_all_succeed(database):
    """Whoever finds the hash replaced by another verifies against the new one."""
    given_a_user(database)
    dearer = fast_passwords(passes=2)

    outcomes = race(8, lambda _: sign_in_with(database, passwords=dearer))

    assert [] == [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.mark.parametrize("password", ["", "None", A_PASSWORD])
def test_an_account_without_a_password_cannot_sign_in_with_one(database, password):
    """None is not an empty password."""
    user = new_user(email=AN_EMAIL, password_hash="", now=NOW)
    database.write(lambda stores: stores.users.add(replace(user, password_hash=None)))

    fail(database, password=password)


class _DisablesMeanwhile:
    """Passwords that take so long that an administrator disables the account in between."""

    def __init__(self, database) -> None:
        self._database, self._passwords = database, fast_passwords()

    def verify(self, password_hash, password):
        disable_user(self._database, email=AN_EMAIL, now=NOW, context=HERE)
        return self._passwords.verify(password_hash, password)

    def is_outdated(self, password_hash):
        return self._passwords.is_outdated(password_hash)


def test_an_account_disabled_during_verification_does_not_get_in(database):
    """The transaction that writes the session looks again (S36)."""
    user = given_a_user(database)

    with pytest.raises(SignInFailed):
        sign_in_with(database, passwords=_DisablesMeanwhile(database))

    assert 0 == database.write(lambda stores: stores.sessions.delete_of_user(user.id))
    assert "user_disabled" == audited(database, AuditTag.SIGN_IN_FAILED)[0].detail["reason"]
