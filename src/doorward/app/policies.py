"""Settings become the frozen values that the rooms are handed."""

import os
from collections.abc import Sequence
from datetime import timedelta

from doorward.identity.login import SessionLifetimes, SignInLimits
from doorward.identity.passwords import Passwords
from doorward.oauth.policy import Policy, RegistrationMode
from doorward.oauth.protected_resource import Resource
from doorward.settings import Addresses, Settings

MCP_PATH = "/http"
SPARE_CORES = 1
"""What hashing passwords leaves to everything else."""


def build_policy(settings: Settings, addresses: Addresses, resources: Sequence[Resource]) -> Policy:
    """The policy of the authorization server; the paths are the seed's."""
    base, dashboard = addresses.mcp_base_url, addresses.dashboard_url
    return Policy(
        issuer=base,
        authorization_endpoint=f"{dashboard}/oauth/authorize",
        token_endpoint=f"{base}/api/oauth/token",
        registration_endpoint=f"{base}/api/oauth/register",
        jwks_uri=f"{base}/.well-known/jwks.json",
        registration=RegistrationMode(settings.registration),
        fetches_for_strangers=settings.client_documents == "on",
        introspection_endpoint=f"{base}/api/oauth/introspect",
        resources=resources,
        access_token_lifetime=settings.access_token_lifetime,
        authorization_code_lifetime=settings.authorization_code_lifetime,
        refresh_token_idle_lifetime=settings.refresh_token_idle_lifetime,
        authorization_lifetime=settings.authorization_lifetime,
        refresh_retry_window=settings.refresh_retry_window,
        interaction_lifetime=settings.interaction_lifetime,
    )


def build_sign_in_limits(settings: Settings) -> SignInLimits:
    """How often a sign-in may be tried."""
    return SignInLimits(
        attempts=settings.sign_in_attempts,
        attempts_per_address=settings.sign_in_attempts_per_address,
        period=settings.sign_in_period,
        enabled=settings.rate_limits == "on",
    )


def build_session_lifetimes(settings: Settings) -> SessionLifetimes:
    """How long a sign-in lasts."""
    return SessionLifetimes(
        user=settings.session_lifetime,
        administrator=min(settings.session_lifetime, settings.administrator_session_lifetime),
    )


def retired_key_lifetime(settings: Settings) -> timedelta:
    """How long a signing key verifies after it was retired: as long as its last token can live."""
    return settings.access_token_lifetime + timedelta(minutes=5)


def hashes_at_once(passwords: Passwords) -> int:
    """As many as fit the memory budget and leave a core to everything else."""
    return max(1, min(passwords.most_at_once, (os.cpu_count() or 1) - SPARE_CORES))
