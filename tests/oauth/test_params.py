"""Request parameters."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.oauth.errors import InvalidRequest
from doorward.oauth.params import MAX_BYTES, Params


def test_an_empty_value_counts_as_absent() -> None:
    """RFC 6749 §3.1: parameters sent without a value are treated as if omitted."""
    params = Params.parse(b"scope=&state=x")

    assert params.get("scope") is None
    assert params.is_present("scope")
    assert "x" == params.get("state")


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(InvalidRequest, match="code"):
        Params.parse(b"a=b").require("code")


def test_a_repeated_parameter_is_refused_and_a_repeated_resource_is_not() -> None:
    """RFC 6749 §3.1 forbids repetition; RFC 8707 §2 allows it for `resource`."""
    Params.parse(b"resource=a&resource=b").refuse_repeated()
    with pytest.raises(InvalidRequest):
        Params.parse(b"state=a&state=a").refuse_repeated()


@pytest.mark.parametrize(
    "raw",
    [b"a=\xff", b"a=%ff", b"a=%00", b"%00=a", b"&".join(b"a%d=b" % n for n in range(65)), b"a=" + b"b" * MAX_BYTES],
)
def test_hostile_text_is_an_invalid_request(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        Params.parse(raw)


def test_a_semicolon_separates_nothing() -> None:
    assert "1;b=2" == Params.parse(b"a=1;b=2").get("a")


@given(st.dictionaries(st.text(min_size=1, max_size=9), st.text(min_size=1, max_size=20), max_size=9))
def test_what_a_client_encodes_is_what_is_read(values: dict[str, str]) -> None:
    usable = {k: v for k, v in values.items() if "\0" not in k + v}
    params = Params.parse(urlencode(usable, errors="strict").encode())

    assert usable == {name: params.get(name) for name in usable}


@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_fail_otherwise(raw: bytes) -> None:
    try:
        Params.parse(raw).get("code")
    except InvalidRequest:
        return
