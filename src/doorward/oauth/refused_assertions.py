"""The assertions of refused requests: used up as well, as many as strangers may be allowed to use up."""

from datetime import datetime

from doorward.kit.bucket import Bucket
from doorward.oauth.errors import InvalidClient, TooManyRequests
from doorward.oauth.ports import TokenPath
from doorward.oauth.records import UsedAssertion


class RefusedAssertions:
    """An accepted request uses its assertion up in its own statement, beside the audit row it writes anyway.

    A refused one writes a row of its own, and anybody can register a client and be refused for ever: so there is one
    rate for all of them, and what exceeds it is put off. Accepted requests never wait for it.
    """

    def __init__(self, token_path: TokenPath, *, burst: int = 1_000, rate: float = 10.0) -> None:
        self._token_path = token_path
        self._bucket = Bucket(burst=burst, rate=rate)

    def use_up(self, assertion: UsedAssertion, now: datetime) -> None:
        """Remember the assertion in a statement of its own.

        Raises:
            InvalidClient: it was used before (RFC 7523 §3, OIDC Core §9).
            TooManyRequests: too many requests were refused lately.
        """
        if (wait := self._bucket.take(now)) is not None:
            raise TooManyRequests.after(wait)
        if not self._token_path.use_assertion(assertion):
            raise InvalidClient(reason="assertion_used_before")
