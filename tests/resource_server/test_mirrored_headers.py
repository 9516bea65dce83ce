"""Headers that repeat what the body says, and those that contradict it (MCP 2026-07-28, Server Validation)."""

import json
from base64 import b64encode

import pytest

from doorward.resource_server.json_rpc import Call, read_calls
from doorward.resource_server.mirrored_headers import contradict


def a_call(method: str = "tools/call", **params: object) -> Call:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {"name": "read"}}
    return read_calls(json.dumps(body).encode())[0]


def encoded(text: str) -> bytes:
    return b"=?base64?" + b64encode(text.encode()) + b"?="


@pytest.mark.parametrize(
    ("headers", "call"),
    [
        ([], a_call()),
        ([(b"mcp-method", b"tools/call"), (b"mcp-name", b"read")], a_call()),
        ([(b"Mcp-Name", b" read ")], a_call()),
        ([(b"mcp-name", encoded("read"))], a_call()),
        ([(b"mcp-name", encoded("läs"))], a_call(name="läs")),
        ([(b"mcp-name", encoded("=?base64?x?="))], a_call(name="=?base64?x?=")),
        ([(b"mcp-name", b"note://a")], a_call("resources/read", uri="note://a")),
        ([(b"mcp-name", b"greet")], a_call("prompts/get", name="greet")),
        ([(b"mcp-name", b"task-1")], a_call("tasks/get", taskId="task-1")),
    ],
)
def test_headers_that_agree_or_are_not_there_are_fine(headers, call: Call):
    assert not contradict(headers, call)


@pytest.mark.parametrize(
    ("headers", "call"),
    [
        ([(b"mcp-name", b"delete")], a_call()),
        ([(b"mcp-name", b"READ")], a_call()),
        ([(b"mcp-name", b"")], a_call()),
        ([(b"mcp-name", encoded("delete"))], a_call()),
        ([(b"mcp-name", b"=?base64?cmVhZA?=")], a_call()),
        ([(b"mcp-name", b"=?base64?c mVhZA==?=")], a_call()),
        ([(b"mcp-name", b"=?BASE64?cmVhZA==?=")], a_call()),
        ([(b"mcp-name", b"=?base64?=")], a_call()),
        ([(b"mcp-method", b"tools/list")], a_call()),
        ([(b"mcp-method", b"tools/CALL")], a_call()),
        ([(b"mcp-name", b"read"), (b"Mcp-Name", b"read")], a_call()),
        ([(b"mcp-method", b"ping"), (b"mcp-method", b"ping")], a_call("ping")),
        ([(b"mcp-name", b"note://b")], a_call("resources/read", uri="note://a")),
        ([(b"mcp-name", b"note://b")], a_call("resources/read", uri=7)),
        ([(b"mcp-name", b"x")], a_call("prompts/get", name="\ud800")),
    ],
)
def test_headers_that_say_something_else_contradict(headers, call: Call):
    assert contradict(headers, call)
