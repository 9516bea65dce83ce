"""JSON bodies, read strictly: what two parsers could read in two ways is refused."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from doorward.web.api.errors import BodyTooLarge, MalformedRequest, NotJson

MAX_BODY_BYTES = 64 * 1024

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, which PostgreSQL refuses, and lone surrogates, which UTF-8 cannot hold."""

BodyT = TypeVar("BodyT", bound="Body")


class Body(BaseModel):
    """The members a route knows; a value of another type is refused, never converted."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


def body_of(model: type[BodyT]) -> Callable[[Request], Awaitable[BodyT]]:
    """A dependency that reads the request's body as `model`."""

    async def read(request: Request) -> BodyT:
        return validate(await read_object(request), model)

    return read


def request_body(model: type[Body]) -> dict[str, Any]:  # Any: a fragment of an OpenAPI document
    """What the OpenAPI document says about a body that `body_of` reads."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}


async def read_object(request: Request) -> dict[str, object]:
    """The JSON object in a request's body."""
    check_is_json(request)
    return load(await read_capped(request))


def check_is_json(request: Request) -> None:
    """Let `application/json` in UTF-8 pass, uncompressed (RFC 8259 §8.1, §11).

    A page of another site can send forms and plain text with a person's browser, but not this type without asking.
    """
    content_types = request.headers.getlist("content-type")
    if len(content_types) != 1 or "content-encoding" in request.headers:
        raise NotJson
    media_type, *parameters = content_types[0].split(";")
    if media_type.strip().lower() != "application/json":
        raise NotJson
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() != "utf-8":
            raise NotJson


async def read_capped(request: Request) -> bytes:
    """The body, of at most MAX_BODY_BYTES."""
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > MAX_BODY_BYTES:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    return bytes(body)


def load(body: bytes) -> dict[str, object]:
    """Read `body` as one JSON object (RFC 8259).

    Raises:
        MalformedRequest: it is something else, is nested too deeply, repeats a member, or has a text that cannot
            be stored.
    """
    try:
        members: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=_members_once, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        raise MalformedRequest("the request body is not valid JSON") from None
    if not isinstance(members, dict):
        raise MalformedRequest("the request body must be a JSON object")
    return members


def validate(members: dict[str, object], model: type[BodyT]) -> BodyT:
    """Take the members of `model` from an object.

    Raises:
        MalformedRequest: one is missing, of a wrong type or not known.
    """
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise MalformedRequest(_describe(error, model)) from None


def _members_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedRequest("a member is repeated")
    if any(isinstance(value, str) and _UNSTORABLE.search(value) for value in members.values()):
        raise MalformedRequest("a text has a character that cannot be stored")
    return members


def _refuse_constant(_name: str) -> object:
    raise ValueError("NaN and Infinity are not JSON")


def _describe(error: ValidationError, model: type[Body]) -> str:
    """One sentence on the first fault that names no more than our own words."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = fault["loc"][0] if fault["loc"] else None
    if fault["type"] == "extra_forbidden" or name not in model.model_fields:
        return "the request has a member that is not known here"
    return f"{name} is required" if fault["type"] == "missing" else f"{name} is malformed"
