"""A JWK Set from a file or from standard input."""

import sys
from pathlib import Path

from doorward.cli.failure import CommandFailed


def read_jwks(name: str) -> dict[str, object]:
    """Read the file, or standard input for `-`; what is in it is for the operation to judge."""
    from doorward.jose.client_keys import MAX_DOCUMENT_BYTES
    from doorward.kit.strict_json import MalformedJson, read_object

    if name == "-":
        raw = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
    else:
        with Path(name).open("rb") as file:
            raw = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        raise CommandFailed(f"A JWK Set has at most {MAX_DOCUMENT_BYTES // 1024} KiB.")
    try:
        return read_object(raw)
    except MalformedJson:
        raise CommandFailed(
            "This is no JWK Set: give the JSON object with the member keys, and no member twice."
        ) from None
