"""`doorward keys rotate`."""

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import say


def rotate() -> None:
    """Move the signing keys on: next becomes active, active only verifies; no token is rejected."""
    from doorward.audit import RequestContext
    from doorward.operations.rotate_keys import rotate_keys

    with opened() as installation:
        rotate_keys(installation.database, installation.keyring, now=installation.clock.now(), context=RequestContext())
    say("Rotated the signing keys; running servers follow within seconds.")


COMMAND = Command(("keys", "rotate"), rotate)
