"""Reading a form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.web.pages.form import MAX_FIELDS, parse_form
from doorward.web.pages.problem import Problem


def test_fields_are_read_as_utf_8() -> None:
    """The form is UTF-8, because the page that held it is."""
    form = parse_form(b"email=ad%C3%A1%40example.org&password=a+b%2Bc&empty=")

    assert "adá@example.org" == form.require("email")
    assert "a b+c" == form.require("password")
    assert form.get("empty") is None
    assert "" == form.require("empty")


@pytest.mark.parametrize(
    "body",
    [
        b"email=a&email=a",
        b"email=a&em%61il=b",
        b"email=%FF%FE",
        b"email=\xff",
        b"email=%ED%A0%80",
        b"&".join(b"f%d=1" % number for number in range(MAX_FIELDS + 1)),
    ],
)
def test_a_form_that_can_be_read_in_two_ways_is_refused(body: bytes) -> None:
    """Repeated fields, bytes that are not text, and more fields than any form of ours has."""
    with pytest.raises(Problem) as refused:
        parse_form(body)

    assert 400 == refused.value.status


def test_a_missing_field_is_refused() -> None:
    """Missing is not the same as empty."""
    with pytest.raises(Problem) as refused:
        parse_form(b"email=a").require("password")

    assert 400 == refused.value.status


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    """Whatever is sent, it is a form or a page that says why not."""
    try:
        fields = parse_form(body).fields
    except Problem:
        return
    assert all(isinstance(value, str) for value in fields.values())
