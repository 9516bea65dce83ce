"""`doorward policy set`."""

from enum import StrEnum
from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say
from doorward.cli.policy_words import Person, Subject, connections, person_id


class Rule(StrEnum):
    """What a rule can say."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


_DONE = {
    Rule.ALLOW: "People may connect {}.",
    Rule.ASK: "An administrator is asked about {}; what is connected stays so.",
    Rule.DENY: "Blocked {}; {} ended.",
}


def set_(
    rule: Annotated[Rule, typer.Argument(metavar="allow|ask|deny", help="What holds from now on.")],
    subject: Subject,
    *,
    email: Person = None,
) -> None:
    """Say whether people may connect a client, have to ask an administrator, or may not; deny also ends connections."""
    from doorward.audit import RequestContext
    from doorward.oauth.block_subject import InvalidBlockSubject
    from doorward.oauth.records import Verdict
    from doorward.operations.set_client_rule import set_client_rule

    with opened() as installation:
        try:
            made = set_client_rule(
                installation.database,
                subject=subject,
                verdict=Verdict(rule.value),
                user_id=person_id(installation, email),
                known=installation.known_clients,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidBlockSubject as error:
            raise CommandFailed(str(error)) from None
    whom = f"{made.subject} for {email}" if email else str(made.subject)
    say(_DONE[rule].format(printable(whom), connections(made.authorizations)))


COMMAND = Command(("policy", "set"), set_)
