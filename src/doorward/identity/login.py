"""Signing in: how often it may be tried, how long it lasts, and how it fails."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from doorward.identity.records import SessionKind, User
from doorward.kit.secrets import digest


class SignInFailed(Exception):
    """Unknown address, wrong password or disabled account: deliberately one answer (ASVS 6.3.8)."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class TooManyAttempts(Exception):
    """Signing in is refused for a while, whoever asks; the same for accounts that do not exist."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("Too many attempts from here. Wait a little and try again.")
        self.retry_after: timedelta = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLimits:
    """How many attempts within `period` (ASVS 6.3.1)."""

    attempts: int = 10
    """For one canonical address of e-mail, existing or not."""
    attempts_per_address: int = 100
    """From one network address; IPv6: one /64."""
    sign_ups_per_address: int = 20
    """Accounts made from one network address where everybody may sign up."""
    period: timedelta = timedelta(minutes=15)
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLifetimes:
    """How long a sign-in lasts."""

    user: timedelta = timedelta(days=30)
    administrator: timedelta = timedelta(hours=24)
    bearer: timedelta = timedelta(minutes=15)

    def of(self, user: User, kind: SessionKind) -> timedelta:
        """Return the lifetime of a new session."""
        browser = self.administrator if user.is_administrator else self.user
        return min(self.bearer, browser) if kind is SessionKind.BEARER else browser


def account_key(email: str) -> str:
    """Name the counter of an account; hashed, because people type passwords into the wrong field."""
    return f"sign-in/account/{digest(email).hex()}"


def address_key(address: str | None) -> str | None:
    """Name the counter of a network address, or None when it is unknown; the hosts of one IPv6 /64 share theirs."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if not isinstance(parsed, IPv6Address):
        return f"sign-in/address/{parsed}"
    if parsed.ipv4_mapped is not None:
        return f"sign-in/address/{parsed.ipv4_mapped}"
    return f"sign-in/address/{IPv6Network((parsed, 64), strict=False)}"
