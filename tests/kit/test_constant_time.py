"""Nothing secret is compared in a way whose time tells how much of it was right (S26, ASVS 11.2.4)."""

import ast
import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import doorward
from doorward.kit.secrets import same

SOURCE = Path(doorward.__file__).parent
LOOKED_AT = ("oauth", "identity", "kit/secrets.py", "kit/keyring.py", "web/csrf.py")
SECRET_NAME = re.compile(
    r"(^|_)(hash(es)?|digest|challenge|secrets?|verifier|mac)$|(session|refresh|form|access)_token$"
)


def names_in(node: ast.AST) -> Iterator[str]:
    """Every identifier and every literal text of an expression."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name
            case _:
                pass


def comparisons_of_secrets(source: str) -> list[str]:
    """The comparisons of a module that stop at the first difference and have a secret's name in them."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        quick = all(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops)
        presence = isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(node.left, ast.Constant)
        length = any(isinstance(side, ast.Call) and ast.unparse(side.func) == "len" for side in sides)
        if (
            quick
            and not presence
            and not length
            and any(SECRET_NAME.search(n) for side in sides for n in names_in(side))
        ):
            found.append(ast.unparse(node))
    return found


def test_no_module_that_holds_secrets_compares_one_with_an_operator() -> None:
    """S26: codes, challenges, client secrets, MACs and form tokens go through `kit.secrets.same`."""
    modules = [file for part in LOOKED_AT for file in sorted((SOURCE / part).rglob("*.py")) or [SOURCE / part]]
    found = {text for module in modules for text in comparisons_of_secrets(module.read_text(encoding="utf-8"))}

    assert len(modules) > 30
    assert set() == found


@pytest.mark.parametrize(
    "line",
    [
        "at.claim.code_challenge == at.code.code_challenge",
        "presented != stored.client_secret",
        "digest(presented) == stored",
        "digest(presented) in client.client_secret_hashes",
        "params.get('client_secret') == stored",
        "key.mac(body) != tail",
        "session_token == cookie",
    ],
)
def test_such_a_comparison_is_noticed(line: str) -> None:
    assert [line] == comparisons_of_secrets(line)


@pytest.mark.parametrize(
    "line",
    ["secret is None", "len(mac) != 16", "'client_secret' in document", "auth_method == 'none'", "same(secret, x)"],
)
def test_asking_whether_there_is_one_is_no_comparison(line: str) -> None:
    assert [] == comparisons_of_secrets(line)


@pytest.mark.parametrize(("left", "right"), [("é", "é"), (b"ab", "ac"), ("abc", b"abc"), ("a", "a much longer one")])
def test_the_comparison_is_the_constant_time_one(
    monkeypatch: pytest.MonkeyPatch, left: str | bytes, right: str | bytes
) -> None:
    """Its verdict is the one of `hmac.compare_digest` over the whole values."""
    asked: list[tuple[object, object]] = []
    compare = hmac.compare_digest

    def compare_noticed(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare_noticed)
    verdict = same(left, right)
    as_bytes = tuple(value.encode() if isinstance(value, str) else value for value in (left, right))

    assert [as_bytes] == asked
    assert (as_bytes[0] == as_bytes[1]) is verdict
