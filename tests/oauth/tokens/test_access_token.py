"""An access token outlives, by a little, what the client is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.oauth.ports import Redeemed
from doorward.oauth.scope import Scope
from doorward.oauth.tokens.access_token import accepted_until, access_token_expiry
from tests.builders import NOW

RESOURCE = "https://a.example/http"
REDEEMED = Redeemed(
    authorization_id=b"0" * 16,
    public_id="authorization-1",
    user_id="user-1",
    client_id="client-1",
    scope=Scope(("mcp",)),
    resource=RESOURCE,
    auth_time=NOW,
    expires_at=NOW + timedelta(days=365),
    generation=1,
)


@pytest.mark.parametrize(("lifetime", "grace"), [(3600, 30), (100, 10), (5, 2), (86400, 30)])
def test_a_client_that_refreshes_at_the_last_moment_is_never_refused(lifetime: int, grace: int):
    """The MCP python SDK sends a token until its own count ends, and takes a 401 for a reason to ask the person."""
    told = timedelta(seconds=lifetime)

    assert NOW + told == access_token_expiry(told, REDEEMED, NOW)
    assert NOW + timedelta(seconds=lifetime + grace) == accepted_until(told, REDEEMED, NOW)


def test_no_token_outlives_its_authorization():
    """The absolute end of an Authorization is the end of everything that hangs from it."""
    ending = replace(REDEEMED, expires_at=NOW + timedelta(minutes=1))

    hour = timedelta(hours=1)
    assert ending.expires_at == access_token_expiry(hour, ending, NOW) == accepted_until(hour, ending, NOW)
