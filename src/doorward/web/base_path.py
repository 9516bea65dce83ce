"""Where the pages live: the path of the dashboard's address, before every link and form of ours."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from starlette.responses import Response

_base_path: ContextVar[str] = ContextVar("base_path", default="")


def path_of(url: str) -> str:
    """The path of a public address; empty for an origin."""
    return urlsplit(url).path.rstrip("/")


@contextmanager
def pages_at(url: str) -> Generator[None]:
    """Let the pages that are made meanwhile be those of this address."""
    token = _base_path.set(path_of(url))
    try:
        yield
    finally:
        _base_path.reset(token)


def local(address: str) -> str:
    """The address of one of our own pages, such as `/account`, as browsers must ask for it."""
    return _base_path.get() + address


def stay_at(response: Response, url: str) -> None:
    """Lead a redirect to one of our own pages, which names no host, to where they live."""
    base = path_of(url).encode("ascii")
    if base:
        response.raw_headers = [
            (name, base + value if name == b"location" and value.startswith(b"/") else value)
            for name, value in response.raw_headers
        ]
