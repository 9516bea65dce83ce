"""A person at a browser that keeps its cookies, fills in forms, and runs no script."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2

from tests.flows.server_process import EMAIL, PASSWORD

CONNECTION = {"connection", "form_token"}
"""The controls of a Disconnect form."""


@dataclass
class Form:
    """A form of a page: where it goes, what it holds, and its submit buttons."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """Finds the forms of a page, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a form, or note one of its controls."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "a" and (link := attributes.get("href")):
            self.links.append(link)
        elif tag == "form":
            self._open = Form(attributes.get("action", ""))
            self.found.append(self._open)
        elif self._open is not None and (name := attributes.get("name")):
            self._open.names.add(name)
            if tag == "input" and attributes.get("type") == "hidden":
                self._open.fields[name] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """Close a form."""
        if tag == "form":
            self._open = None


class Person:
    """Signs in, decides and disconnects, over plain HTML forms."""

    def __init__(self, base: str, email: str = EMAIL) -> None:
        self.base, self.email = base, email
        self.browser = httpx2.AsyncClient(base_url=base, headers={"origin": base}, timeout=30)
        self.consents = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.browser.aclose()

    @property
    def session_token(self) -> str:
        """What the browser's cookie holds."""
        return self.browser.cookies["doorward"]

    async def follow(self, authorization_url: str) -> str:
        """Follow an authorization request to its end: sign in if asked, allow; the callback."""
        page = await self._get(authorization_url)
        form = form_with(page, "password", "decision")
        if "password" in form.names:
            page = await self._submit(page, form, email=self.email, password=PASSWORD)
            form = form_with(page, "decision")
        self.consents += 1
        answer = await self._post(page, form, decision="approve")
        assert 303 == answer.status_code, answer.text
        return answer.headers["location"]

    async def disconnect_everything(self) -> list[str]:
        """Press every Disconnect button of the account page, one after another; what was connected, by name."""
        names: list[str] = []
        page = await self._get("/account")
        while forms := [form for form in Forms(page.text).found if form.names >= CONNECTION]:
            names.append(name_of_connection(page.text, forms[0].fields["connection"]))
            page = await self._submit(page, forms[0])
        return names

    async def refuse(self, authorization_url: str) -> str:
        """Deny instead, and follow the one link back; the callback."""
        page = await self._get(authorization_url)
        answer = await self._post(page, form_with(page, "decision"), decision="deny")
        assert 200 == answer.status_code, answer.text
        (location,) = re.findall(r'href="(http[^"]*[?&]error=[^"]*)"', answer.text)
        return html.unescape(location)

    async def disconnect(self, public_id: str) -> None:
        """Press the Disconnect button of that connection on the account page."""
        page = await self._get("/account")
        (form,) = [form for form in Forms(page.text).found if form.fields.get("connection") == public_id]
        await self._submit(page, form)

    async def _get(self, url: str) -> httpx2.Response:
        return await self._settle(await self.browser.get(url))

    async def _submit(self, page: httpx2.Response, form: Form, **typed: str) -> httpx2.Response:
        return await self._settle(await self._post(page, form, **typed))

    async def _post(self, page: httpx2.Response, form: Form, **typed: str) -> httpx2.Response:
        return await self.browser.post(urljoin(str(page.url), form.action), data={**form.fields, **typed})

    async def _settle(self, answer: httpx2.Response) -> httpx2.Response:
        for _ in range(5):
            if answer.status_code != 303:
                break
            answer = await self.browser.get(urljoin(str(answer.url), answer.headers["location"]))
        assert 200 == answer.status_code, answer.text
        return answer


def name_of_connection(account_page: str, public_id: str) -> str:
    """What the account page calls the app of a connection."""
    before, found, _ = account_page.partition(f'id="connection-{public_id}"')
    assert found, account_page
    return html.unescape(re.findall(r"<h3><bdi>(.*?)</bdi>", before)[-1])


def form_with(page: httpx2.Response, *names: str) -> Form:
    """The form that has one of these controls."""
    found = [form for form in Forms(page.text).found if form.names & set(names)]
    assert found, page.text
    return found[0]
