"""Composes what knows Client ID Metadata Documents, and looks after those of connected clients."""

from functools import partial

import anyio.from_thread
import structlog

import doorward
from doorward.app.fetcher import OutboundFetcher
from doorward.app.installation import Installation
from doorward.app.jobs import Job
from doorward.kit.bounded_cache import AgingCache
from doorward.oauth.bounded_audit import BoundedAudit
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_document import ClientDocumentReader
from doorward.oauth.client_sources import MetadataDocumentClients
from doorward.oauth.copies import Copies
from doorward.oauth.grants import GRANTS
from doorward.oauth.pinned_documents import PinnedDocuments
from doorward.operations.review_documents import review_documents
from doorward.outbound import DeferredConnector, SafeFetch
from doorward.settings import Settings
from doorward.web.context import Web

COPIES = 2_000
"""Documents in the memory of one process."""
REVIEW_SECONDS = 60

log = structlog.get_logger(__name__)


def way_out(settings: Settings) -> SafeFetch:
    """How strangers' addresses are fetched."""
    if settings.cimd_allow_loopback:
        log.warning("cimd_loopback_allowed", setting="DOORWARD_CIMD_ALLOW_LOOPBACK", meant_for="development only")
    agent = f"Doorward/{doorward.__version__} (OAuth authorization server)"
    return SafeFetch(DeferredConnector(user_agent=agent), allow_loopback=settings.cimd_allow_loopback)


def document_clients(
    installation: Installation, cached: AgingCache[str, bool], audit: BoundedAudit
) -> MetadataDocumentClients | None:
    """The source of clients that describe themselves elsewhere; None where it is switched off."""
    settings, known = installation.settings, installation.known_clients
    if settings.client_documents == "off":
        return None
    reader = ClientDocumentReader(
        methods=CLIENT_AUTH_METHODS,
        grants=GRANTS,
        allow_loopback=settings.cimd_allow_loopback,
        schemes=known.redirect_schemes,
    )
    return MetadataDocumentClients(
        installation.database,
        Copies(COPIES, reader.read),
        cached,
        PinnedDocuments(known, reader.read, audit),
        allow_loopback=settings.cimd_allow_loopback,
    )


def review_job(web: Web, fetcher: OutboundFetcher) -> Job:
    """Looks now and then whether the documents of connected clients are still there."""
    fetch = partial(anyio.from_thread.run, fetcher.fetch)
    return Job("documents", REVIEW_SECONDS, lambda: review_documents(web.database, web.server, fetch, web.clock.now))
