"""Every setting becomes the value that the rooms are handed, and nothing else."""

from datetime import timedelta

import pytest

from doorward.app.policies import build_policy, build_session_lifetimes, build_sign_in_limits, retired_key_lifetime
from doorward.app.resources import resource_rules
from doorward.oauth.policy import Policy
from doorward.settings import Addresses, Settings

WHERE = Addresses(mcp_base_url="https://mcp.example.com", dashboard_url="https://id.example.com")
POLICY_LIFETIMES = (
    "access_token_lifetime",
    "authorization_code_lifetime",
    "refresh_token_idle_lifetime",
    "authorization_lifetime",
    "refresh_retry_window",
    "interaction_lifetime",
)


def settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def policy_of(**given: object) -> Policy:
    """The policy of a server where nothing is stored."""
    return build_policy(settings(**given), WHERE, (resource_rules(settings(**given), WHERE).builtin,))


def test_every_lifetime_of_the_protocol_is_its_own_setting() -> None:
    """No two share a value here, so that none can take another's place."""
    chosen = {name: timedelta(seconds=101 + at) for at, name in enumerate(POLICY_LIFETIMES)}
    policy = policy_of(**chosen)

    assert chosen == {name: getattr(policy, name) for name in POLICY_LIFETIMES}


def test_without_settings_the_lifetimes_are_the_documented_ones() -> None:
    policy = policy_of()

    assert [
        timedelta(hours=1),
        timedelta(seconds=60),
        timedelta(days=30),
        timedelta(days=365),
        timedelta(seconds=60),
        timedelta(hours=1),
    ] == [getattr(policy, name) for name in POLICY_LIFETIMES]


def test_the_addresses_are_the_ones_that_clients_know() -> None:
    """The machine's endpoints are on the MCP host, the person's on the dashboard."""
    policy = policy_of()

    assert "https://mcp.example.com" == policy.issuer
    assert "https://id.example.com/oauth/authorize" == policy.authorization_endpoint
    assert "https://mcp.example.com/api/oauth/token" == policy.token_endpoint
    assert "https://mcp.example.com/api/oauth/register" == policy.registration_endpoint
    assert "https://mcp.example.com/.well-known/jwks.json" == policy.jwks_uri
    assert "https://mcp.example.com/http" == policy.default_resource.identifier


@pytest.mark.parametrize(
    ("given", "name", "documentation"),
    [
        ({}, "MCP server", "https://id.example.com"),
        ({"resource_name": "Weather"}, "Weather", "https://id.example.com"),
        ({"resource_documentation": "https://docs.example.com/mcp"}, "MCP server", "https://docs.example.com/mcp"),
    ],
)
def test_the_resource_is_described_as_the_operator_says(given: dict[str, str], name: str, documentation: str) -> None:
    """RFC 9728 §2: the dashboard stands in for a page nobody named."""
    (resource,) = policy_of(**given).resources

    assert (name, documentation) == (resource.name, resource.documentation)


def test_the_sign_in_limits_are_the_settings() -> None:
    chosen = {"sign_in_attempts": 3, "sign_in_attempts_per_address": 7, "sign_in_period": timedelta(minutes=11)}
    limits = build_sign_in_limits(settings(**chosen))

    assert (3, 7, timedelta(minutes=11)) == (limits.attempts, limits.attempts_per_address, limits.period)
    assert limits.enabled
    assert not build_sign_in_limits(settings(rate_limits="off")).enabled


def test_sessions_last_as_long_as_the_settings_say() -> None:
    chosen = {"session_lifetime": timedelta(days=3), "administrator_session_lifetime": timedelta(hours=5)}
    lifetimes = build_session_lifetimes(settings(**chosen))

    assert (timedelta(days=3), timedelta(hours=5)) == (lifetimes.user, lifetimes.administrator)


def test_an_administrator_never_stays_signed_in_for_longer_than_anybody_else() -> None:
    lifetimes = build_session_lifetimes(settings(session_lifetime=timedelta(hours=2)))

    assert (timedelta(hours=2), timedelta(hours=2)) == (lifetimes.user, lifetimes.administrator)


def test_a_retired_key_outlives_the_last_token_it_signed() -> None:
    lifetime = timedelta(hours=7)

    assert lifetime < retired_key_lifetime(settings(access_token_lifetime=lifetime)) <= lifetime + timedelta(hours=1)
