"""The challenge: one header, every value safely quoted."""

import re

from hypothesis import given
from hypothesis import strategies as st

from doorward.resource_server.challenge import challenge

METADATA = "https://auth.example.org/.well-known/oauth-protected-resource/http"


def test_without_credentials_there_is_no_error():
    """RFC 6750 §3.1, RFC 9728 §5.1: where to look and what to ask for, in this order."""
    assert f'Bearer resource_metadata="{METADATA}", scope="mcp"' == challenge(resource_metadata=METADATA, scope=["mcp"])


def test_a_bad_token_is_named_as_such():
    """RFC 6750 §3.1: `invalid_token`."""
    assert f'Bearer error="invalid_token", error_description="over", resource_metadata="{METADATA}", scope="mcp"' == (
        challenge(resource_metadata=METADATA, scope=["mcp"], error="invalid_token", description="over")
    )


@given(st.text(), st.lists(st.text()), st.text())
def test_no_value_leaves_its_quotes_or_the_header(metadata: str, scope: list[str], description: str):
    """RFC 9110 §5.6.4: a quoted-string, whatever is put in."""
    value = challenge(resource_metadata=metadata, scope=scope, error="invalid_token", description=description)

    assert re.fullmatch(r'Bearer \w+="(?:[^"\\]|\\["\\])*"(?:, \w+="(?:[^"\\]|\\["\\])*")*', value)
    assert re.fullmatch(r"[ -~]+", value)
