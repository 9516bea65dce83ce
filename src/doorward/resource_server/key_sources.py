"""The issuer's keys for a resource server that stands alone: fetched from its JWK Set, kept, fetched again."""

from collections.abc import Callable
from datetime import datetime

from doorward.jose.jwks import PublicKeys


class JwkSetKeys:
    """Public keys from a JWK Set document that `fetch` gets, by whatever HTTP client the application has.

    Call `reload` at the start and every few minutes; the verifier calls it for a token of an unknown key.
    """

    def __init__(self, fetch: Callable[[], object]) -> None:
        self._fetch = fetch
        self._public_keys = PublicKeys()

    @property
    def public_keys(self) -> PublicKeys:
        """The keys at hand."""
        return self._public_keys

    def reload(self, now: datetime) -> None:
        """Fetch the document; blocks. A bad one changes nothing and raises ValueError."""
        del now  # part of the port: sources with a clock of their own need it
        self._public_keys = PublicKeys.from_document(self._fetch())
