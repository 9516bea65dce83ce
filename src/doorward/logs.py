"""The log: one event a line, without credentials, query strings or control characters."""

import logging
import os
import re
import secrets
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Literal, TextIO, cast

import structlog
from pydantic import SecretBytes, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from doorward.kit.secrets import Secret

MASK = "****"
MAX_TEXT = 2_000
MAX_ITEMS = 50
MAX_DEPTH = 5

_CREDENTIALS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?:eyJ|eyA|ewo)[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)+"), MASK),
    # Every prefix of ours but dwp_ and dwd_, which are client ids and public.
    (re.compile(r"(dw[abce-oq-z]_)[A-Za-z0-9_-]{8,}"), rf"\g<1>{MASK}"),
    (re.compile(r"\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\g<1> {MASK}"),
    (re.compile(r"(://)[^\s/@]*:[^\s]*@"), rf"\g<1>{MASK}@"),
    (re.compile(r"\?(?=[^\s\"'<>=]{1,64}=)[^\s\"'<>]*"), f"?{MASK}"),
)
_SECRET_NAMES = re.compile(
    r"(?:.*_)?(?:password|passwd|secret|token|verifier|assertion|cookie|authorization_header|api_key|private_key)\Z"
    r"|authorization_code|secret_key|set[-_]cookie|code_verifier",
    re.IGNORECASE,
)
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\xa0]|[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)

_FLOORS = {
    # Below these levels libraries log bodies, addresses with their query or statements with their values, or chat.
    "alembic": logging.WARNING,
    "anyio": logging.INFO,
    "asyncio": logging.WARNING,
    "httpcore2": logging.WARNING,
    "httpx2": logging.WARNING,
    "mcp": logging.WARNING,
    "multipart": logging.WARNING,
    "psycopg": logging.WARNING,
    "python_multipart": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "sse_starlette": logging.WARNING,
    "uvicorn": logging.WARNING,
}
_SILENT = ("uvicorn.access",)


def configure_logging(
    *, level: str = "info", log_format: Literal["auto", "json", "console"] = "auto", stream: TextIO | None = None
) -> None:
    """Send every log event, ours and the libraries', to one stream (standard error) in one form."""
    out = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    on_terminal = log_format == "console" or (log_format == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=_processors(console=on_terminal, stream=out)))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(threshold)
    for name, floor in _FLOORS.items():
        _adopt(name, max(floor, threshold))
    for name in _SILENT:
        _adopt(name, logging.CRITICAL + 1)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _adopt(name: str, level: int) -> None:
    """Take a library's logger and those below it from whoever configured them."""
    below = [child for child in logging.root.manager.loggerDict if child.startswith(f"{name}.")]
    for each in (name, *below):
        logger = logging.getLogger(each)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(level if each == name else logging.NOTSET)


def _processors(*, console: bool, stream: TextIO) -> Sequence[Processor]:
    shared: tuple[Processor, ...] = (
        _name_logger,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_exception,
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        redact,
        _in_reading_order,
    )
    if console:
        colors = stream.isatty() and "NO_COLOR" not in os.environ
        return (*shared, escape_control_characters, structlog.dev.ConsoleRenderer(colors=colors))
    return (*shared, structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=True))


def _in_reading_order(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    first = ("timestamp", "level", "logger", "event")
    return {**{name: event[name] for name in first if name in event}, **event}


def _name_logger(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["logger"] = record.name
    return event


def describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Say which exception it was and where, never what it says: its text may hold values (S18)."""
    info: object = event.pop("exc_info", None)
    record = event.get("_record")
    if not info and isinstance(record, logging.LogRecord):
        info = record.exc_info
    if info is True:
        info = sys.exc_info()
    error = cast("tuple[object, ...]", info)[1] if isinstance(info, tuple) else info
    event.pop("stack_info", None)
    if isinstance(error, BaseException):
        event["exception_class"] = " < ".join(_class_of(each) for each in _chain(error))
        event["where"] = _where(error)
        event.setdefault("event_id", secrets.token_hex(6))
    return event


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what is, or looks like, a credential, a query string or a password; shorten what is too long."""
    return {
        redact_text(str(name)): MASK if _is_secret(str(name), value) else _clean(value, 0)
        for name, value in event.items()
    }


def escape_control_characters(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Show control and direction characters as escapes, so that no value can forge a line (S54)."""
    return {printable(name): _map_text(value) for name, value in event.items()}


def printable(text: str) -> str:
    """The text with control, direction and invisible characters as escapes."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def _is_secret(name: str, value: object) -> bool:
    return value is not None and not isinstance(value, bool) and _SECRET_NAMES.fullmatch(name) is not None


def _clean(value: object, depth: int) -> object:
    if isinstance(value, Enum):
        value = cast("object", value.value)
    match value:
        case None | bool() | int() | float():
            plain = value
        case str() | Path():
            plain = redact_text(str(value))
        case Secret() | SecretStr() | SecretBytes():
            plain = MASK
        case bytes() | bytearray():
            plain = f"<{len(value)} bytes>"
        case BaseException():
            plain = _class_of(value)
        case datetime():
            plain = value.isoformat()
        case Mapping() | list() | tuple() | set() | frozenset():
            plain = _clean_items(cast("Collection[object]", value), depth) if depth < MAX_DEPTH else "…"
        case _:
            plain = redact_text(repr(value))
    return plain


def _clean_items(items: Collection[object], depth: int) -> object:
    if not isinstance(items, Mapping):
        return [_clean(item, depth + 1) for item in islice(items, MAX_ITEMS)]
    pairs = ((str(name), item) for name, item in islice(cast("Mapping[object, object]", items).items(), MAX_ITEMS))
    return {redact_text(name): MASK if _is_secret(name, item) else _clean(item, depth + 1) for name, item in pairs}


def redact_text(text: str) -> str:
    """The text with what looks like a credential, a query string or a password masked."""
    text = text[: MAX_TEXT * 10]
    for pattern, mask in _CREDENTIALS:
        text = pattern.sub(mask, text)
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + "…"


def _map_text(value: object) -> object:
    """Escape in what `redact` leaves: texts, and lists and dicts of them."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(name): _map_text(item) for name, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_map_text(item) for item in cast("list[object]", value)]
    return value


def _class_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException) -> Sequence[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found and len(found) < 10:
        found.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _where(error: BaseException) -> Sequence[str]:
    """The innermost frames, without values and without source text."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]
