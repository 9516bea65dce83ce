"""The clients this server knows, from every source, and which of them may connect."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward.kit.bounded_cache import AgingCache
from doorward.oauth.client_rules import Rules
from doorward.oauth.client_source import ClientSource
from doorward.oauth.fetching import Fetch
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.look_ups import NoLookUps
from doorward.oauth.ports import OAuthDatabase, OAuthStores
from doorward.oauth.records import EVERYBODY, Client, Verdict

_RULES = "rules"


@dataclass(frozen=True, slots=True)
class Clients:
    """Finds clients; the first source that recognises an id answers for it."""

    sources: Sequence[ClientSource]
    database: OAuthDatabase
    rules: AgingCache[str, Rules]
    known: KnownClients = KNOWN_CLIENTS
    default: Verdict = Verdict.ALLOW
    """What holds for a client that no rule speaks of."""

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client, or None when it is unknown; blocked ones are found too."""
        source = self._source_of(client_id)
        return source.find(client_id, now) if source is not None else None

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """What has to be fetched before `find` can answer; with `renew`, before it can answer as of today."""
        source = self._source_of(client_id)
        return source.needs(client_id, now, renew=renew) if source is not None else ()

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Whether something new may begin for a client that was found; what exists goes on."""
        source = self._source_of(client_id)
        return source is not None and source.may_connect(client_id, now)

    def is_live(self, stores: OAuthStores, client: Client, redirect_uri: str, user_id: str) -> bool:
        """Whether it still exists as it was believed, and that user may connect it for an answer there.

        Past every cache: whoever changes or deletes it or makes a rule about it from now on waits for this unit of
        work, and then finds what it made.
        """
        stores.clients.hold(exclusive=False)
        source = self._source_of(client.client_id)
        return (
            source is not None
            and source.is_live(stores, client, user_id)
            and self.verdict(stores, client, redirect_uri, user_id) is Verdict.ALLOW
        )

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """A person allowed it: remember what has to last."""
        source = self._source_of(client.client_id)
        if source is not None:
            source.connected(stores, client, now)

    def without_look_ups(self) -> "Clients":
        """The same clients from the same caches; LookUpNeeded where a look-up would have to be waited for."""
        return replace(self, sources=tuple(source.without_look_ups() for source in self.sources), database=NoLookUps())

    def describes_itself_elsewhere(self, client_id: str) -> bool:
        """Whether the id is the address of a description, whatever came of fetching it."""
        source = self._source_of(client_id)
        return source is not None and source.describes_elsewhere

    def is_like_an_address(self, client_id: str) -> bool:
        """Whether whoever made the id meant the address of a description, but it is none that may be fetched here."""
        return (
            client_id.lower().startswith(("https:", "http:"))
            and not self.describes_itself_elsewhere(client_id)
            and any(source.describes_elsewhere for source in self.sources)
        )

    def is_blocked(self, client: Client, now: datetime) -> bool:
        """Whether nobody may connect it: its id, its agent, or a host that describes it or is answered is blocked."""
        whose = None if self.default is Verdict.DENY else EVERYBODY
        rules = self.rules.get_or(
            _RULES,
            now,
            lambda: self.database.read(lambda stores: Rules.of(stores.clients.rules(whose), self.default)),
        )
        return rules is not None and rules.deny(client, self.known)

    def forget_rules(self) -> None:
        """Drop what is cached of the rules, because one has changed; other processes notice a few seconds later."""
        self.rules.forget(_RULES)

    def verdict(self, stores: OAuthStores, client: Client, redirect_uri: str, user_id: str) -> Verdict:
        """Whether that person may connect it for an answer there, by the rules of this moment, past every cache."""
        rules = stores.clients.rules(user_id)
        personal = {rule.subject: rule.verdict for rule in rules if rule.user_id == user_id}
        return Rules.of(rules, self.default).verdict(client, redirect_uri, self.known, personal)

    def _source_of(self, client_id: str) -> ClientSource | None:
        return next((source for source in self.sources if source.recognises(client_id)), None)
