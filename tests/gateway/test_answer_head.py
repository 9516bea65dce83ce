"""What of an answer may pass."""

from hypothesis import given
from hypothesis import strategies as st

from doorward.gateway.answer_head import OURS, PASSING, UNBUFFERED, read_answer
from doorward.gateway.refusals import Refused

NAMES = st.one_of(
    st.sampled_from([*sorted(PASSING), b"Mcp-Session-Id", b"mcp-x", b"Connection", b"Content-Length", b"Set-Cookie"]),
    st.from_regex(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True),
)
VALUES = st.one_of(
    st.sampled_from([b"", b"1", b"chunked", b"vary, mcp-x", b"text/event-stream; charset=utf-8"]),
    st.from_regex(rb"[!-~]{0,10}", fullmatch=True),
)


@given(st.integers(100, 999), st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_whatever_an_upstream_says_only_what_is_on_the_list_passes(status: int, headers: list[tuple[bytes, bytes]]):
    try:
        answer = read_answer(status, headers, method="GET")
    except Refused:
        return
    ours = {name for name, _ in (*OURS, UNBUFFERED)}
    names = [name for name, _ in answer.headers]

    assert answer.status == status
    assert all(name in PASSING | ours | {b"content-length"} or name.startswith(b"mcp-") for name in names)
    assert set(OURS) <= set(answer.headers)
    assert names.count(b"content-length") <= 1
    assert names.count(b"cache-control") == 1
    assert answer.is_stream == (UNBUFFERED in answer.headers)


def test_a_length_that_is_told_in_two_ways_is_left_out():
    """RFC 9112 §6.3: then the body is sent in chunks, which cannot be misread."""
    for headers in (
        [(b"Content-Length", b"1"), (b"Transfer-Encoding", b"chunked")],
        [(b"Content-Length", b"1"), (b"Content-Length", b"2")],
        [(b"Content-Length", b"+1")],
    ):
        answer = read_answer(200, headers, method="POST")

        assert b"content-length" not in dict(answer.headers)
