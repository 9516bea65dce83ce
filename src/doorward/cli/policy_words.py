"""The words that the commands about rules share."""

from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.failure import CommandFailed

if TYPE_CHECKING:
    from doorward.app import Installation

Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT",
        help="A known agent such as claude, a client id, a host without port and path, or a scheme such as cursor:.",
    ),
]
Person = Annotated[str | None, typer.Option("--for", metavar="EMAIL", help="For one person. [default: everybody]")]


def person_id(installation: "Installation", email: str | None) -> str:
    """The id of the person a rule is for; what stands for everybody without an address."""
    from doorward.oauth.records import EVERYBODY
    from doorward.operations.find_user_by_email import find_user_by_email

    if email is None:
        return EVERYBODY
    user = find_user_by_email(installation.database, email=email)
    if user is None:
        raise CommandFailed("Nobody has an account with this e-mail address; `doorward users list` shows who does.")
    return user.id


def connections(count: int) -> str:
    """So many connections."""
    return f"{count} {'connection' if count == 1 else 'connections'}"
