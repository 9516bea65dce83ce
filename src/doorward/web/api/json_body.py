"""JSON bodies, read strictly: what two parsers could read in two ways is refused."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from doorward.kit import strict_json
from doorward.web import http
from doorward.web.api.errors import BodyTooLarge, MalformedRequest, NotJson
from doorward.web.http import read_body

MAX_BODY_BYTES = 64 * 1024

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
    try:
        return await read_body(request.scope, request.receive, limit=MAX_BODY_BYTES)
    except http.BodyTooLarge:
        raise BodyTooLarge from None


def load(body: bytes) -> dict[str, object]:
    """Read `body` as one JSON object (RFC 8259).

    Raises:
        MalformedRequest: it is something else, or could be read in two ways.
    """
    try:
        return strict_json.read_object(body)
    except strict_json.MalformedJson:
        raise MalformedRequest("the request body must be one valid JSON object") from None


def validate(members: dict[str, object], model: type[BodyT]) -> BodyT:
    """Take the members of `model` from an object.

    Raises:
        MalformedRequest: one is missing, of a wrong type or not known.
    """
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise MalformedRequest(_describe(error, model)) from None


def _describe(error: ValidationError, model: type[Body]) -> str:
    """One sentence on the first fault that names no more than our own words."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = fault["loc"][0] if fault["loc"] else None
    if fault["type"] == "extra_forbidden" or name not in model.model_fields:
        known = ", ".join(model.model_fields)
        return f"the request has a member that is not known here; known are {known}"
    return f"{name} is required" if fault["type"] == "missing" else f"{name} is malformed"
