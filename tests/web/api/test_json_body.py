"""JSON bodies are read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.web.api.errors import MalformedRequest
from doorward.web.api.json_body import Body, load, validate


class Letter(Body):
    """A body of one required and one optional text."""

    address: str
    note: str | None = None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"nonsense",
        b'{"address": "a"} x',
        b'{"address": "a", "address": "b"}',
        b'{"address": {"x": 1, "x": 2}}',
        b'{"address": NaN}',
        b'{"address": -Infinity}',
        b'{"address": "\xff"}',
        b'\xef\xbb\xbf{"address": "a"}',
        '{"address": "a"}'.encode("utf-16"),
        b"[" * 60_000,
        b'{"address":' * 5_000,
        b"1" * 60_000,
        rb'{"address": "a\u0000b"}',
        rb'{"address": "\ud800"}',
        b"[]",
        b'"address"',
        b"null",
        b"1",
        b"true",
    ],
)
def test_what_is_not_one_unambiguous_json_object_is_refused(body: bytes) -> None:
    """RFC 8259 §4: the behaviour of repeated names is unpredictable; §8.1: JSON is UTF-8."""
    with pytest.raises(MalformedRequest):
        load(body)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"note": "b"},
        {"address": None},
        {"address": 1},
        {"address": True},
        {"address": ["a"]},
        {"address": {"a": "b"}},
        {"address": "a", "note": 1},
        {"address": "a", "extra": "b"},
    ],
)
def test_a_member_that_is_missing_unknown_or_of_another_type_is_refused(members: dict[str, object]) -> None:
    """Nothing is converted: `1` is not an address (threats.md section 6, 13)."""
    with pytest.raises(MalformedRequest):
        validate(members, Letter)


def test_a_refusal_names_the_member_and_never_the_value() -> None:
    """Error texts hold no value that was received (threats.md 0.1)."""
    with pytest.raises(MalformedRequest) as refused:
        validate({"address": ["canary-value"]}, Letter)

    assert "address is malformed" == refused.value.description


def test_a_refusal_does_not_repeat_the_name_of_an_unknown_member() -> None:
    """A name that was received is a value that was received (threats.md 0.1); what is known is named instead."""
    with pytest.raises(MalformedRequest) as refused:
        validate({"address": "a", "canary-name": "x"}, Letter)

    assert "the request has a member that is not known here; known are address, note" == refused.value.description


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text()))))
def test_any_object_is_read_or_refused(members: dict[str, object]) -> None:
    """No input is an accident (threats.md section 6, 13)."""
    try:
        letter = validate(load(json.dumps(members).encode()), Letter)
    except MalformedRequest:
        return
    assert members["address"] == letter.address


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """No input is an accident (threats.md section 6, 13)."""
    try:
        assert isinstance(load(body), dict)
    except MalformedRequest:
        return
