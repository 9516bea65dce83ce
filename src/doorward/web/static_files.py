"""Our own static files, read once, each under an address that names its content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from doorward.web.base_path import local

_MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file and the fingerprint that its address carries."""

    name: str
    content: bytes
    media_type: str

    @property
    def fingerprint(self) -> str:
        """Changes when the content changes, so that browsers may keep a copy for ever."""
        return hashlib.sha256(self.content).hexdigest()[:16]


@cache
def static_files() -> dict[str, StaticFile]:
    """Every static file by name."""
    found: dict[str, StaticFile] = {}
    for entry in files("doorward.web").joinpath("static").iterdir():
        suffix = "." + entry.name.rpartition(".")[2]
        if suffix in _MEDIA_TYPES:
            found[entry.name] = StaticFile(entry.name, entry.read_bytes(), _MEDIA_TYPES[suffix])
    return found


def asset_url(name: str) -> str:
    """The address of a static file."""
    file = static_files()[name]
    return local(f"/static/{file.fingerprint}/{file.name}")
