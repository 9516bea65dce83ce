"""The page about tried clients names the versions that the tests use."""

import json
import re
from importlib.metadata import version

from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "how-to" / "tried-clients.md"
PACKAGES = ROOT / "tests" / "interop" / "unmodified" / "package.json"


def test_the_versions_are_those_in_use():
    said = PAGE.read_text("utf-8")
    for_node: dict[str, str] = json.loads(PACKAGES.read_text("utf-8"))["dependencies"]
    in_use = {**for_node, **{name: version(name) for name in ("mcp", "fastmcp")}}
    rows = {
        name: found[1] for name in in_use if (found := re.search(rf"{re.escape(name)}\b[^|\n]* (?:\| )?(\d\S+)", said))
    }

    assert in_use == rows
