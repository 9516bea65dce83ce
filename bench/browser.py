"""A person at a browser for the steps that are not measured: sign in, and agree once."""

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

EMAIL, PASSWORD = "bench@example.com", "four quiet words suffice"


class _Forms(HTMLParser):
    """The forms of a page: where each goes, and what it would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((named.get("action", ""), {}))
        elif tag in ("input", "button") and self.found and "name" in named:
            self.found[-1][1].setdefault(named["name"], named.get("value", ""))


def agree(base: str, authorization_url: str, redirect_uri: str) -> str:
    """Go through the authorization endpoint to the client's address; the cookies that remain."""
    with httpx2.Client(base_url=base, headers={"origin": base}, timeout=30) as browser:
        answer = browser.get(authorization_url)
        for _ in range(12):
            if answer.is_redirect:
                location = urljoin(str(answer.url), answer.headers["location"])
                if location.startswith(redirect_uri):
                    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
                answer = browser.get(location)
                continue
            action, fields = _form(answer.text)
            fields |= {"email": EMAIL, "password": PASSWORD} if "password" in fields else {"decision": "approve"}
            answer = browser.post(urljoin(str(answer.url), action), data=fields)
    raise RuntimeError(f"the way to the client's address did not end: {answer.status_code} {answer.text[:500]}")


def _form(page: str) -> tuple[str, dict[str, str]]:
    for action, fields in _Forms(page).found:
        if "password" in fields or "decision" in fields:
            return action, fields
    raise RuntimeError(f"no form to sign in or agree: {page[:500]}")


def path_of(url: str) -> str:
    """The path and query of an address."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
