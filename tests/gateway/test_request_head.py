"""What of a request may pass: by name, once, and with one length."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.gateway.refusals import Refused
from doorward.gateway.request_head import LISTS, METHODS, SINGLE, may_pass, read_head

LIMIT = 1000
NAMES = st.one_of(
    st.sampled_from(
        [
            *sorted(LISTS | SINGLE),
            b"Mcp-Session-Id",
            b"mcp-x",
            b"mcp-name",
            b"mcp-param-x",
            b"Connection",
            b"Content-Length",
        ]
    ),
    st.sampled_from(
        [b"X-Doorward-Identity", b"x_doorward_identity", b"Authorization", b"Cookie", b"Host", b"Forwarded"]
    ),
    st.sampled_from([b"Transfer-Encoding", b"MCP_SESSION_ID", b"Mcp-Session_Id", b"mcp-", b"xmcp-a", b"Mcp-\xc4"]),
    st.from_regex(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True),
)
VALUES = st.one_of(
    st.sampled_from([b"", b"1", b"chunked", b"close, mcp-name", b"keep-alive", b"content-type", b"accept ,TE"]),
    st.from_regex(rb"[!-~]{0,10}", fullmatch=True),
)


@given(st.sampled_from(METHODS), st.lists(st.tuples(NAMES, VALUES), max_size=12))
def test_whatever_comes_only_what_is_on_the_list_passes(method: str, headers: list[tuple[bytes, bytes]]):
    try:
        head = read_head(method, b"", headers, max_body_bytes=LIMIT)
    except Refused:
        return
    names = [name for name, _ in head.headers]
    options = {
        option.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }

    assert all(
        re.fullmatch(rb"mcp-(method|name|protocol-version|param-[a-z0-9-]+)", name) or name in LISTS | SINGLE
        for name in names
    )
    assert b"mcp-session-id" not in names
    assert not options & set(names)
    assert all(names.count(name) == 1 for name in names if name not in LISTS)
    assert set(head.headers) <= {(name.lower(), value) for name, value in headers}
    assert head.framing is None or head.framing[0] in (b"content-length", b"transfer-encoding")


@given(st.binary(max_size=60))
def test_a_query_is_passed_untouched_or_without_whole_parameters(query: bytes):
    passed = read_head("GET", query, [], max_body_bytes=LIMIT).query

    assert passed == query or set(passed.split(b"&")) <= set(query.split(b"&"))


@pytest.mark.parametrize("name", [b"mcp-method", b"mcp-name", b"mcp-param-region", b"mcp-protocol-version"])
def test_what_mcp_defines_passes(name: bytes):
    assert may_pass(name)


@pytest.mark.parametrize("name", [b"mcp-doorward-identity", b"mcp-user", b"mcp-param-", b"mcp-names", b"mcp-param"])
def test_what_mcp_does_not_define_does_not_pass(name: bytes):
    assert not may_pass(name)


@pytest.mark.parametrize("name", [b"mcp-", b"mcp_session_id", b"xmcp-name", b"mcp-name\n", b"mcp-Name", b"x-mcp-name"])
def test_what_looks_like_a_header_of_mcp_does_not_pass(name: bytes):
    assert not may_pass(name)


@pytest.mark.parametrize(
    ("headers", "framing"),
    [
        ([], (b"content-length", b"0")),
        ([(b"Content-Length", b"007")], (b"content-length", b"7")),
        ([(b"Transfer-Encoding", b" Chunked ")], (b"transfer-encoding", b"chunked")),
    ],
)
def test_the_length_is_said_again_in_one_way(headers: list[tuple[bytes, bytes]], framing: tuple[bytes, bytes]):
    assert framing == read_head("POST", b"", headers, max_body_bytes=LIMIT).framing


def test_a_request_without_a_body_says_nothing_about_one():
    assert read_head("GET", b"", [], max_body_bytes=LIMIT).framing is None


@pytest.mark.parametrize("length", [b"1001", b"9" * 18])
def test_a_length_beyond_the_bound_is_refused_at_once(length: bytes):
    with pytest.raises(Refused) as caught:
        read_head("POST", b"", [(b"content-length", length)], max_body_bytes=LIMIT)

    assert 413 == caught.value.status


def test_lists_may_come_in_several_lines():
    headers = [(b"Accept", b"a/b"), (b"accept", b"c/d")]

    assert ((b"accept", b"a/b"), (b"accept", b"c/d")) == read_head("GET", b"", headers, max_body_bytes=LIMIT).headers
