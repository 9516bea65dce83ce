"""Which scope a request needs: of every one, by method, by tool, and what includes what."""

import pytest

from doorward.resource_server.call_rules import CallRules
from doorward.resource_server.json_rpc import Call

RULES = CallRules(
    every=("read",),
    tools={"add": ("write",), "*": ("use",)},
    methods={"resources/read": ("files",), "tools/call": ("call",)},
    included={"write": frozenset({"write", "read", "use", "call"})},
)
ADD, OTHER, READ = Call("tools/call", "add", 1), Call("tools/call", "other", 2), Call("resources/read", None, 3)


@pytest.mark.parametrize(
    ("granted", "calls", "missing"),
    [
        (("read",), (), ()),
        ((), (), ("read",)),
        (("write",), (), ()),
        (("read",), (ADD,), ("call", "write")),
        (("write",), (ADD, OTHER), ()),
        (("read", "call"), (OTHER,), ("use",)),
        (("read",), (READ, OTHER), ("files", "call", "use")),
        (("unknown",), (), ("read",)),
    ],
)
def test_what_is_needed_and_neither_granted_nor_included_is_missing(
    granted: tuple[str, ...], calls: tuple[Call, ...], missing: tuple[str, ...]
):
    assert missing == RULES.missing(granted, calls)


def test_without_a_rule_for_tools_that_are_not_named_they_need_nothing_more():
    rules = CallRules(tools={"add": ("write",)})

    assert () == rules.missing((), (OTHER,))
    assert rules.looks_inside
    assert not CallRules(every=("read",)).looks_inside
