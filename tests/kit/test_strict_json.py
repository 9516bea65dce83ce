"""JSON from strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit.strict_json import MalformedJson, read_object


def test_an_object_is_read() -> None:
    assert {"a": [1, None, "é"]} == read_object('{"a":[1,null,"é"]}'.encode())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"x"',
        b"null",
        b"1",
        b"{",
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\xff"}',
        b'{"a":"\\u0000"}',
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 100_000,
        b'{"a":' + b"1" * 5000 + b"}",
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedJson):
        read_object(raw)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_otherwise(raw: bytes) -> None:
    try:
        value = read_object(raw)
    except MalformedJson:
        return

    assert isinstance(value, dict)
