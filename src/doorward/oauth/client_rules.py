"""Which clients may connect: what operators and administrators decided, and what that means for one request."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from doorward.kit import urls
from doorward.oauth.agents import client_id_host
from doorward.oauth.known_clients import KnownClients
from doorward.oauth.records import EVERYBODY, Client, ClientOrigin, ClientRule, Verdict
from doorward.oauth.redirect_uri import redirect_host

AGENT_PREFIX = "agent:"
"""What the subject of a rule about an agent begins with; no client id and no host does."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for everybody, the default, and what somebody is allowed."""

    default: Verdict
    everybody: Mapping[str, Verdict] = field(default_factory=dict[str, Verdict])
    opened: frozenset[str] = frozenset()
    """The subjects that at least one person may connect, or ask for; where the default is to deny."""

    @classmethod
    def of(cls, rules: Iterable[ClientRule], default: Verdict) -> "Rules":
        """Take them from the rows, of everybody and of single people."""
        rows = tuple(rules)
        return cls(
            default,
            {rule.subject: rule.verdict for rule in rows if rule.user_id == EVERYBODY},
            frozenset(rule.subject for rule in rows if rule.verdict is not Verdict.DENY),
        )

    def deny(self, client: Client, known: KnownClients) -> bool:
        """Whether nobody may connect this client, whatever it asks for and whoever asks."""
        if not self.everybody and self.default is not Verdict.DENY:
            return False
        subjects = restricting_subjects(client, known)
        if any(self.everybody.get(subject) is Verdict.DENY for subject in subjects):
            return True
        return self.default is Verdict.DENY and not _is_vouched_for(client) and subjects.isdisjoint(self.opened)

    def verdict(
        self, client: Client, redirect_uri: str, known: KnownClients, personal: Mapping[str, Verdict]
    ) -> Verdict:
        """Whether a person, who has rules of their own, may connect it for an answer at `redirect_uri`.

        A denial for everybody stands; then the person's own rules count, then those for everybody, then the default.
        Among rules that apply alike a denial counts before an allowance, and that before a question.
        What restricts applies to all that a client could do, what allows to what it is about to do.
        """
        if self.deny(client, known):
            return Verdict.DENY
        reached, meant = restricting_subjects(client, known), allowing_subjects(client, redirect_uri, known)
        for rules in (personal, self.everybody):
            for verdict, subjects in ((Verdict.DENY, reached), (Verdict.ALLOW, meant), (Verdict.ASK, reached)):
                if any(rules.get(subject) is verdict for subject in subjects):
                    return verdict
        return Verdict.ALLOW if _is_vouched_for(client) else self.default


def approval_subject(client: Client, redirect_uri: str, known: KnownClients) -> str:
    """What an administrator approves for a request: the narrowest subject that is the same the next time.

    The agent; else the address of its document, or the id of a client that has a row; else where the answer goes,
    because a client that registers itself has another id each time.
    """
    identity = known.identify(client, redirect_uri)
    if identity is not None:
        return AGENT_PREFIX + identity.agent.id
    if client.origin is not ClientOrigin.STATELESS or client_id_host(client.client_id) is not None:
        return client.client_id
    return redirect_host(redirect_uri).lower()


def describe_subject(subject: str, known: KnownClients) -> str:
    """What a rule is for, in words that follow "about"."""
    if subject.startswith(AGENT_PREFIX):
        agent = known.agent(subject.removeprefix(AGENT_PREFIX))
        return agent.name if agent is not None else f"the agent {subject.removeprefix(AGENT_PREFIX)}"
    if client_id_host(subject) is not None:
        return f"the app that {subject} describes"
    if urls.is_loopback_host(subject):
        return f"every app that is answered on the person's own computer, at {subject}"
    if subject.endswith(":"):
        return f"every app that is answered at {subject}"
    if "." in subject:
        return f"every app that is answered at, or described by, {subject}"
    return "this one registered app"


def restricting_subjects(client: Client, known: KnownClients) -> frozenset[str]:
    """Every subject that stands for something this client is or could do: what a rule that restricts it names."""
    return frozenset(subject for uri in client.redirect_uris for subject in allowing_subjects(client, uri, known)) | {
        client.client_id
    }


def allowing_subjects(client: Client, redirect_uri: str, known: KnownClients) -> frozenset[str]:
    """The subjects that stand for this client with an answer at that redirect URI: what a rule that allows it names."""
    identity = known.identify(client, redirect_uri)
    agent = AGENT_PREFIX + identity.agent.id if identity is not None else None
    names = (client.client_id, redirect_host(redirect_uri).lower(), client_id_host(client.client_id), agent)
    return frozenset(filter(None, names))


def _is_vouched_for(client: Client) -> bool:
    return client.origin is ClientOrigin.OPERATOR
