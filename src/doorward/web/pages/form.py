"""Reading a form: urlencoded, bounded, UTF-8, and every field at most once."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from doorward.web.pages.problem import Problem, ProblemPage, malformed

MAX_BODY_BYTES = 64 * 1024
MAX_FIELDS = 64
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form that was sent."""

    fields: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """The field, or None when it is missing or empty."""
        return self.fields.get(name) or None

    def require(self, name: str) -> str:
        """The field, which may be empty.

        Raises:
            Problem: it is missing.
        """
        if name not in self.fields:
            raise malformed("A field of the form is missing.")
        return self.fields[name]


async def read_body(request: Request) -> bytes:
    """Return the urlencoded body of a request.

    Raises:
        Problem: it has another type or is too large.
    """
    if request.headers.get("content-type", FORM_TYPE).partition(";")[0].strip().lower() != FORM_TYPE:
        raise malformed("It was not sent the way a form is sent.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise Problem(413, ProblemPage(title="This form is too large", text="The form holds too much. Shorten it."))
    return bytes(body)


def parse_form(body: bytes) -> Form:
    """Take a urlencoded text apart.

    Raises:
        Problem: it has too many fields, a field twice, or bytes that are not UTF-8.
    """
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise malformed("It contains bytes that are not text.") from None
    except ValueError:
        raise malformed("It has too many fields.") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise malformed("A field of the form was sent more than once.")
    return Form(fields)
