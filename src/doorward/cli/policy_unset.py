"""`doorward policy unset`."""

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say
from doorward.cli.policy_words import Person, Subject, person_id


def unset(subject: Subject, *, email: Person = None) -> None:
    """Remove a rule, so that the next one or DOORWARD_CLIENT_POLICY holds; what it had ended stays ended."""
    from doorward.audit import RequestContext
    from doorward.operations.remove_client_rule import remove_client_rule

    with opened() as installation:
        removed = remove_client_rule(
            installation.database,
            subject=subject,
            user_id=person_id(installation, email),
            known=installation.known_clients,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    if removed is None:
        raise CommandFailed("There is no such rule; `doorward policy list` shows those there are.")
    say(f"Removed the rule about {printable(removed)}.")


COMMAND = Command(("policy", "unset"), unset)
