"""The session token of an Authorization header, as a function."""

import pytest

from doorward.operations.find_user_by_email import find_user_by_email
from doorward.web.api.current_user import get_current_user
from doorward.web.api.errors import NotSignedIn, SessionTokenRefused
from tests.builders import AN_EMAIL, NOW


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_header_names_the_person(database, person, scheme):
    """The seed's `get_current_user(auth_header)`; schemes are compared without case (RFC 9110 §11.1)."""
    found = get_current_user(database, f"{scheme} {person.session_token}", now=NOW)

    assert person.user.id == found.user.id


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer"])
def test_no_bearer_credential_is_no_sign_in(database, header):
    """RFC 6750 §3.1: then the challenge names no error."""
    with pytest.raises(NotSignedIn):
        get_current_user(database, header, now=NOW)


@pytest.mark.parametrize("token", ["x", "dwb_", "dwb_" + "x" * 43, "dwb_" + "x" * 43 + "."])
def test_a_bad_session_token_is_refused(database, token):
    """RFC 6750 §3.1: `invalid_token`."""
    with pytest.raises(SessionTokenRefused):
        get_current_user(database, f"Bearer {token}", now=NOW)


def test_an_account_is_found_by_its_address_in_any_spelling(database, person):
    """The seed's `get_mcp_account_by_email`."""
    assert person.user == find_user_by_email(database, email=f" {AN_EMAIL.upper()} ")
    assert find_user_by_email(database, email="unknown@example.org") is None
