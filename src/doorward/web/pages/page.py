"""The frame of every page: one address, its methods, and the phases that no page can forget."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from doorward.audit import AuditEvent, AuditTag
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.web.base_path import pages_at, stay_at
from doorward.web.context import Web
from doorward.web.csrf import comes_from_own_page
from doorward.web.origin import is_host_of
from doorward.web.pages.form import read_body
from doorward.web.pages.problem import BUSY, FAILED, FOREIGN_FORM, METHOD_NOT_ALLOWED, Problem
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.security_headers import secure_page

Handler = Callable[[Visit], Awaitable[Response]]

RETRY_SECONDS = "5"
_UNSAFE = re.compile(rb"[^\x21\x22\x24-\x7e]")
"""What a posted form may hold and the query of an address may not."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address and what answers there; HEAD is answered as GET."""

    path: str
    get: Handler | None = None
    post: Handler | None = None
    accepts_foreign_posts: bool = False
    """Whether other sites may post: only to the authorization endpoint, which changes nothing (OIDC Core §3.1.2.1)."""

    keeps_opener: bool = False
    """Whether it is on the way from a client and back, which may run in a window that the client opened."""

    def handler(self, method: str) -> Handler | None:
        """What answers a method."""
        return {"GET": self.get, "HEAD": self.get, "POST": self.post}.get(method)

    @property
    def methods(self) -> str:
        """The methods of this page, as the Allow header names them."""
        return ", ".join(["GET", "HEAD"] * bool(self.get) + ["POST"] * bool(self.post))

    def route(self, web: Web) -> Route:
        """The route of this page; it takes every method, so that it answers the wrong ones itself."""
        return Route(self.path, PageApp(self, web))


class PageApp:
    """Runs a page: the right host, the right method, our own form, a bounded body, and the headers of a page."""

    def __init__(self, page: Page, web: Web) -> None:
        self.page = page
        self.web = web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with pages_at(self.web.dashboard_url):
            response = await self._answer(Request(scope, receive))
        stay_at(response, self.web.dashboard_url)
        https = self.web.dashboard_url.startswith("https:")
        secure_page(response, https=https, keeps_opener=self.page.keeps_opener)
        await response(scope, receive, without_body(send) if scope["method"] == "HEAD" else send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._visit(request)
        except Problem as problem:
            response = page_response(problem.page, problem.status)
            response.headers.update(problem.headers)
            return response
        except ClientDisconnect:
            return Response(status_code=400)
        except DatabaseUnavailable:
            log.exception("database_unavailable", page=self.page.path)
            response = page_response(BUSY, 503)
            response.headers["Retry-After"] = RETRY_SECONDS
            return response
        except Exception:
            log.exception("page_failed", page=self.page.path)
            return page_response(FAILED, 500)

    async def _visit(self, request: Request) -> Response:
        handler = self.page.handler(request.method)
        if handler is None:
            raise Problem(405, METHOD_NOT_ALLOWED, headers={"Allow": self.page.methods})
        is_at_home = is_host_of(request.headers.get("host", ""), self.web.dashboard_url)
        if request.method != "POST":
            if not is_at_home:
                return see_other(self._at_dashboard(request.scope, request.scope["query_string"]))
            return await handler(Visit(web=self.web, request=request, now=self.web.clock.now()))
        if not (self.page.accepts_foreign_posts or comes_from_own_page(request.headers, self.web.dashboard_url)):
            await self._note_foreign_form(request)
            raise Problem(403, FOREIGN_FORM)
        body = await read_body(request)
        if self.page.accepts_foreign_posts and not is_at_home:
            return see_other(self._at_dashboard(request.scope, _UNSAFE.sub(_escaped, body)))
        return await handler(Visit(web=self.web, request=request, now=self.web.clock.now(), body=body))

    async def _note_foreign_form(self, request: Request) -> None:
        event = AuditEvent(
            tag=AuditTag.FORM_REFUSED,
            at=self.web.clock.now(),
            context=self.web.request_context(request),
            detail={"reason": "origin", "page": self.page.path},
        )
        await self.web.run(self.web.server.bounded_audit.record, event)

    def _at_dashboard(self, scope: Scope, query: bytes) -> bytes:
        """The same page where its session is."""
        return self.web.dashboard_url.encode("ascii") + scope["raw_path"] + (b"?" + query if query else b"")


def _escaped(byte: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(byte[0])


def without_body(send: Send) -> Send:
    """Send the head of a response alone (RFC 9110 §9.3.2)."""

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return head_only
