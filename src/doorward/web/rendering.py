"""Rendering: a page is a frozen value and the template of the same name."""

import re
from functools import cache
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined

from doorward.web.base_path import local
from doorward.web.static_files import asset_url

_PIECE_START = re.compile(r"(?<=[./])(?=[A-Za-z])")
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class PageModel(Protocol):
    """What a template is filled with; `ConsentPage` fills `consent.html`."""

    @property
    def title(self) -> str: ...


def render(page: PageModel) -> str:
    """Return the HTML document of a page."""
    return _environment().get_template(template_name(type(page))).render(page=page)


def template_name(page_class: type[PageModel]) -> str:
    """The template that belongs to a page class."""
    return _WORD_START.sub("_", page_class.__name__.removesuffix("Page")).lower() + ".html"


def _pieces(address: str) -> list[str]:
    """An address in parts, none of which should be torn."""
    return _PIECE_START.split(address)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("doorward.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset_url  # pyright: ignore[reportArgumentType]
    environment.filters["pieces"] = _pieces  # pyright: ignore[reportArgumentType]
    environment.globals["local"] = local  # pyright: ignore[reportArgumentType]
    return environment
