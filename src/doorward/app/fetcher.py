"""The way out, as the endpoints ask for it: what is accepted as an answer, and what is only logged."""

import structlog

from doorward.kit.clock import Clock
from doorward.oauth.fetching import Fetch, Fetched, FetchKind, FetchOutcome
from doorward.outbound import Answer, FetchFailed, NotAsked, SafeFetch

MOST_BYTES = {FetchKind.CLIENT_METADATA: 5 * 1024, FetchKind.JWK_SET: 32 * 1024}
"""Documents: draft-ietf-oauth-client-id-metadata-document-00 §6.6; key sets may hold certificates."""
_GONE = frozenset({404, 410})

log = structlog.get_logger(__name__)


class OutboundFetcher:
    """Fetches JSON; every failure looks the same from outside and has its reason in the log."""

    def __init__(self, clock: Clock, way_out: SafeFetch) -> None:
        self._clock, self._way_out = clock, way_out

    async def fetch(self, fetch: Fetch) -> Fetched:
        """Ask once; never raises for what the other side does."""
        try:
            answer = await self._way_out.get(
                fetch.url,
                accept="application/json",
                most_bytes=MOST_BYTES[fetch.kind],
                is_known=fetch.is_known,
            )
        except FetchFailed as failure:
            outcome = FetchOutcome.NOT_ASKED if isinstance(failure, NotAsked) else FetchOutcome.FAILED
            reason, answer = failure.reason, None
        else:
            outcome, reason = _outcome(answer)
        if outcome is not FetchOutcome.FOUND:
            log.warning("fetch_failed", kind=str(fetch.kind), url=fetch.url, reason=reason)
        return Fetched(
            fetch=fetch,
            outcome=outcome,
            at=self._clock.now(),
            body=answer.body if answer is not None and outcome is FetchOutcome.FOUND else b"",
            max_age=answer.max_age if answer is not None else None,
            reason=reason,
        )


def _outcome(answer: Answer) -> tuple[FetchOutcome, str]:
    if answer.status in _GONE:
        return FetchOutcome.GONE, f"status_{answer.status}"
    if answer.status != 200:
        return FetchOutcome.FAILED, f"status_{answer.status}"
    if not is_json(answer.media_type):
        return FetchOutcome.FAILED, "not_json"
    return FetchOutcome.FOUND, ""


def is_json(media_type: str) -> bool:
    """Whether it is `application/json` or a kind of it (RFC 6839 §3.1)."""
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))
