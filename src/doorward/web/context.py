"""What every endpoint and page is handed: the composed server, as one frozen value."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

import anyio
from starlette.requests import Request
from starlette.types import Scope

from doorward.audit import RequestContext
from doorward.identity.login import SessionLifetimes, SignInLimits
from doorward.identity.passwords import Passwords
from doorward.identity.sign_up import SignUpMode
from doorward.kit.clock import Clock
from doorward.oauth.fetching import Fetch, Fetched
from doorward.oauth.ports import AwaitableCodePath, CodePath, RememberedClaim
from doorward.oauth.server import Server
from doorward.operations.ports import ServerDatabase
from doorward.web.arrivals import Arrivals
from doorward.web.client_address import ClientAddress
from doorward.web.metrics import Metrics
from doorward.web.side_lane import SideLane

P = ParamSpec("P")
T = TypeVar("T")

REQUEST_ID = "doorward.request_id"


class Fetcher(Protocol):
    """Asks other people's servers."""

    async def fetch(self, fetch: Fetch) -> Fetched:
        """What came of it; never raises for what the other side does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The composed server."""

    server: Server
    warm_server: Server
    """The same server from its caches alone, for the event loop: see `Server.without_look_ups`."""
    database: ServerDatabase
    passwords: Passwords
    sign_in_limits: SignInLimits
    session_lifetimes: SessionLifetimes
    sign_up: SignUpMode
    clients_per_user: int
    dashboard_url: str
    mcp_base_url: str
    clock: Clock
    limits_enabled: bool
    client_address: ClientAddress
    workers: anyio.CapacityLimiter
    code_path: CodePath
    awaitable_code_path: AwaitableCodePath | None
    hashing: anyio.CapacityLimiter
    """Of the calls that hash a password: they have threads of their own, so that nothing else waits behind them."""
    fetcher: Fetcher
    arrivals: Arrivals = field(default_factory=Arrivals)
    lane_of_strangers: SideLane = field(default_factory=SideLane)
    lane_of_the_known: SideLane = field(default_factory=SideLane)
    metrics: Metrics = field(default_factory=Metrics)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call on a worker thread."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self.workers)

    async def run_hashing(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call that hashes a password, in its turn."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self.hashing)

    async def issue_remembered(self, claim: RememberedClaim, now: datetime) -> bool:
        """Ask the code path, without a thread where it can be awaited."""
        if self.awaitable_code_path is not None:
            return await self.awaitable_code_path.issue(claim, now)
        return await self.run(self.code_path.issue_remembered, claim, now)

    def context_of(self, scope: Scope) -> RequestContext:
        """Where a request came from, for the audit trail and the limits.

        Its id is ours, so that nobody can forge it, and the same for all that happens in one request.
        """
        request_id: str = scope.get(REQUEST_ID) or scope.setdefault(REQUEST_ID, secrets.token_hex(8))
        return RequestContext(address=self.client_address.of(scope), request_id=request_id)

    def request_context(self, request: Request) -> RequestContext:
        """The same, of a parsed request."""
        return self.context_of(request.scope)
