"""An OAuth client on this computer: registers itself, sends a browser on its way and waits for the answer."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

_PAGE = b"<!doctype html><html lang=en><title>Example Agent</title><p>You can close this page."


@dataclass
class Client:
    """A client and what arrived at its callback."""

    server: str
    redirect_uri: str
    client_id: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    arrived: list[dict[str, str]] = field(default_factory=list)

    def authorization_url(self, **parameters: str) -> str:
        """Where the browser has to go (RFC 6749 §4.1.1)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": self.state,
            "resource": f"{self.server}/http",
            **parameters,
        }
        return f"{self.server}/oauth/authorize?{urlencode(query)}"

    def exchange(self, code: str) -> httpx2.Response:
        """Redeem a code (RFC 6749 §4.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": self.verifier,
        }
        return httpx2.post(f"{self.server}/api/oauth/token", data=form)


@contextmanager
def listening_client(server: str, *, name: str = "Example Agent") -> Generator[Client]:
    """A client whose callback is a port of this computer."""
    arrived: list[dict[str, str]] = []

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/callback":
                arrived.append(dict(parse_qsl(parts.query)) | {"referer": self.headers.get("Referer", "")})
            self.send_response(200 if parts.path == "/callback" else 204)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if parts.path == "/callback":
                self.wfile.write(_PAGE)

        def log_request(self, code: object = "-", size: object = "-") -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        redirect_uri = f"http://127.0.0.1:{listener.server_port}/callback"
        yield Client(server, redirect_uri, register(server, redirect_uri, name=name), arrived=arrived)
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


def register(server: str, redirect_uri: str, *, name: str) -> str:
    """Register a public client (RFC 7591) and return its id."""
    metadata = {"client_name": name, "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none"}
    response = httpx2.post(f"{server}/api/oauth/register", json=metadata)
    assert response.status_code == 201, response.text
    return response.json()["client_id"]
