"""JSON-RPC bodies: read in one way only, or refused."""

import json

import pytest

from doorward.resource_server.json_rpc import Call, MalformedCall, read_calls

AMBIGUOUS = [
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"add","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"add","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","name":"add","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","Name":"add","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"add"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami"},"param\u017f":{"name":"add"}}'.encode(),
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["add"]}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["add"]}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call"}',
    b'{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"add"}}',
    b"[]",
    b'[[{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}]]',
    b'"tools/call"',
    b"{",
    b"",
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b"[" * 100_000,
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}'.encode("utf-16"),
    b'\xef\xbb\xbf{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\\ud800"}}',
]


@pytest.mark.parametrize("body", AMBIGUOUS)
def test_what_two_parsers_could_read_in_two_ways_is_refused(body: bytes):
    """Repeated members, members that differ in case, other encodings, and what is no JSON-RPC at all."""
    with pytest.raises(MalformedCall) as refused:
        read_calls(body)

    assert refused.value.code in (-32700, -32600)


def test_requests_notifications_and_batches_are_found():
    call = {"jsonrpc": "2.0", "id": "a", "method": "tools/call", "params": {"name": "add", "arguments": {"Name": 1}}}
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    answer = {"jsonrpc": "2.0", "id": 1, "result": {"method": "tools/call"}}

    assert [Call("tools/call", "add", "a", "add")] == read_calls(json.dumps(call).encode())
    batch = json.dumps([call, note, answer]).encode()
    assert [Call("tools/call", "add", "a", "add"), Call("notifications/cancelled", None, None)] == read_calls(batch)


def test_arguments_may_hold_whatever_text_holds():
    """Code with brackets, characters of every kind, and members named like those that count."""
    arguments = {"text": "[" * 500 + "\u0000\ud83d\ude00", "Method": "x", "nested": {"Params": [{"METHOD": 1}]}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "echo", "arguments": arguments}}

    assert [Call("tools/call", "echo", 1, "echo")] == read_calls(json.dumps(call).encode())
