"""Composes the web: the core, the endpoints, the pages, the API and the protected MCP server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import anyio
from starlette.applications import Starlette
from starlette.types import ASGIApp

from doorward.app.api_keys import DatabaseApiKeys
from doorward.app.base_path import under_base_path
from doorward.app.dispatch import Dispatch, not_found
from doorward.app.documents import document_clients, review_job, way_out
from doorward.app.edge import Edge
from doorward.app.exposition import metrics_parts, metrics_paths, open_traces_of
from doorward.app.fetcher import OutboundFetcher
from doorward.app.gauges import watch
from doorward.app.installation import Installation
from doorward.app.jobs import Job
from doorward.app.json_api import JsonApi
from doorward.app.lifespan import ServerApp
from doorward.app.mcp_resource import DatabaseDeclinedScopes, McpResource
from doorward.app.mcp_server import create_mcp_server
from doorward.app.observing import observed, route_names
from doorward.app.policies import (
    MCP_PATH,
    build_policy,
    build_session_lifetimes,
    build_sign_in_limits,
    hashes_at_once,
    retired_key_lifetime,
)
from doorward.app.resources import open_catalogue
from doorward.identity.sign_up import SignUpMode
from doorward.jose.keys import SigningKeys
from doorward.kit.bounded_cache import AgingCache, BoundedCache
from doorward.kit.bucket import Bucket
from doorward.oauth.bounded_audit import BoundedAudit
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_sources import RegisteredClients, StatelessClients
from doorward.oauth.clients import Clients
from doorward.oauth.copies import Copies
from doorward.oauth.fetching import FetchKind
from doorward.oauth.grant import GrantTools
from doorward.oauth.grants import GRANTS
from doorward.oauth.jwk_sets import read_jwk_set
from doorward.oauth.metadata import authorization_server_metadata
from doorward.oauth.policy import Policy
from doorward.oauth.records import Verdict
from doorward.oauth.refused_assertions import RefusedAssertions
from doorward.oauth.resource_catalogue import ResourceCatalogue
from doorward.oauth.server import Server
from doorward.oauth.tokens.access_token import TYPE
from doorward.oauth.tokens.issue import TokenIssuer
from doorward.oauth.tokens.opaque import OpaqueTokens
from doorward.oauth.tokens.reader import AccessTokenReader
from doorward.oauth.tokens.refresh_token import RefreshTokens
from doorward.operations.end_absent_resources import end_absent_resources
from doorward.operations.sweep import sweep
from doorward.resource_server.metadata import WELL_KNOWN_PATH, metadata_path
from doorward.resource_server.revocations import RevocationFeed
from doorward.resource_server.verifier import TokenVerifier
from doorward.settings import Addresses, addresses
from doorward.storage import Database
from doorward.web.client_address import ClientAddress
from doorward.web.context import Web
from doorward.web.endpoints.client_configuration import PREFIX, client_configuration_endpoint
from doorward.web.endpoints.documents import VersionedDocument
from doorward.web.endpoints.health import Readyz, healthz
from doorward.web.endpoints.introspect import introspection_endpoint
from doorward.web.endpoints.legacy_authorize import LegacyAuthorize
from doorward.web.endpoints.register import register_endpoint
from doorward.web.endpoints.resource_metadata import ResourceMetadata
from doorward.web.endpoints.token import token_endpoint
from doorward.web.pages import not_found as page_not_found
from doorward.web.pages import routes

CACHE_LIFETIME = timedelta(seconds=5)
"""No process believes a cached row for longer."""
CACHE_SIZE = 10_000
KEY_SET_CACHE_SIZE = 1_000
WORKER_THREADS = 40
REVOCATION_POLL_SECONDS = 2
KEY_RELOAD_SECONDS = 4
RESOURCE_RELOAD_SECONDS = 3
ABSENT_RESOURCES_SECONDS = 600
CLOCK_SECONDS = 30
TIDY_SECONDS = 300


def create_app(installation: Installation, *, port: int, processes: int = 1) -> ServerApp:
    """Compose the server of an installation, one of so many processes.

    `port` is part of its address where no setting says otherwise.
    """
    settings, database, clock = installation.settings, installation.database, installation.clock
    where = addresses(settings, host="localhost", port=port)
    catalogue = open_catalogue(settings, where, database)
    policy = build_policy(settings, where, catalogue)
    keys = SigningKeys(database, installation.keyring, retired_lifetime=retired_key_lifetime(settings))
    out = way_out(settings)
    fetcher = OutboundFetcher(clock, out)
    web = _build_web(installation, where, policy, keys, fetcher)
    feed = RevocationFeed(database.revocations, longest_lifetime=policy.access_token_lifetime)
    builtin = catalogue.rules.builtin
    mcp_server = create_mcp_server(installation, where.mcp_base_url, name=builtin.name, keys=keys, feed=feed)
    protected = McpResource(
        mcp_server.app,
        TokenVerifier(
            issuer=policy.issuer,
            resource=builtin.identifier,
            keys=keys,
            revocations=feed,
            api_keys=DatabaseApiKeys(database),
            opaque_tokens=web.server.access_tokens.opaque_tokens,
        ),
        catalogue,
        declined=DatabaseDeclinedScopes(database, clock),
        clock=clock,
    )
    registrations, configurations = (
        Bucket(burst=settings.registration_burst, rate=settings.registration_rate) for _ in range(2)
    )
    readyz = Readyz(web, partial(_require_ready, database))
    described = ResourceMetadata(policy, lambda: catalogue.current, root=builtin.identifier, otherwise=not_found)
    exact: dict[str, ASGIApp] = {
        **_documents(web.server, keys, catalogue),
        **dict.fromkeys((WELL_KNOWN_PATH, metadata_path(builtin.identifier)), described),
        "/api/oauth/token": (token := token_endpoint(web, awaitable := database.awaitable_token_path)),
        "/token": token,
        "/api/oauth/register": (register := register_endpoint(web, registrations)),
        "/register": register,
        "/api/oauth/introspect": introspection_endpoint(web),
        "/authorize": LegacyAuthorize(policy.authorization_endpoint),
        "/healthz": healthz,
        "/readyz": readyz,
        MCP_PATH: protected,
        **metrics_paths(web.metrics, settings),
    }
    names = route_names(exact)
    pages = Starlette(routes=routes(web))
    pages.router.redirect_slashes = False
    pages.router.default = page_not_found(web)
    prefixes = (
        (MCP_PATH + "/.well-known", not_found),
        (MCP_PATH + "/", protected),
        (WELL_KNOWN_PATH + "/", described),
        ("/.well-known", not_found),
        (PREFIX, client_configuration_endpoint(web, configurations, not_found=not_found)),
        ("/api/", JsonApi(web, names)),
        *((path, not_found) for path in ("/api", "/token/", "/register/")),
    )

    def start() -> None:
        now = clock.now()
        keys.ensure(now)
        feed.poll(now)
        catalogue.reload(now)

    def tidy() -> None:
        sweep(
            database,
            max_stored_clients=policy.max_stored_clients,
            never_used_client_lifetime=policy.never_used_client_lifetime,
            audit_retention=settings.audit_retention,
            now=clock.now(),
        )
        keys.ensure(clock.now())

    def set_clock() -> None:
        clock.offset = database.clock_offset()

    watch(web, installation, feed, out)
    traces = open_traces_of(settings)
    return ServerApp(
        under_base_path(
            observed(Dispatch(exact, prefixes, pages), web, settings, traces, names=names, machine_paths=exact),
            mcp_base_url=where.mcp_base_url,
            dashboard_url=where.dashboard_url,
        ),
        start=start,
        jobs=(
            Job("revocations", REVOCATION_POLL_SECONDS, lambda: feed.poll(clock.now())),
            Job("signing_keys", KEY_RELOAD_SECONDS, lambda: keys.reload(clock.now())),
            Job("resources", RESOURCE_RELOAD_SECONDS, lambda: catalogue.reload(clock.now())),
            Job(
                "absent_resources",
                ABSENT_RESOURCES_SECONDS,
                lambda: end_absent_resources(database, catalogue.rules, now=clock.now()),
            ),
            Job("clock", CLOCK_SECONDS, set_clock),
            Job("tidy", TIDY_SECONDS, tidy),
            *((review_job(web, fetcher),) if settings.client_documents != "off" else ()),
        ),
        parts=(
            mcp_server.running,
            lambda: _closing(protected.close),
            lambda: _closing(out.close),
            *((lambda: _closing(awaitable.release),) if awaitable is not None else ()),
            *metrics_parts(web.metrics, settings, processes=processes),
            *((traces.running,) if traces else ()),
        ),
        edge=Edge(
            max_connections=settings.max_connections,
            on_cut_off=web.metrics.count_cut_off,
            on_stop=mcp_server.stop,
        ),
    )


@asynccontextmanager
async def _closing(close: Callable[[], None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        close()


class OutdatedSchema(Exception):
    """The schema is not the one this version of Doorward needs: another version upgraded it, or none has yet."""


def _require_ready(database: Database) -> None:
    database.check()
    if not database.is_current():
        raise OutdatedSchema


def _build_web(
    installation: Installation, where: Addresses, policy: Policy, keys: SigningKeys, fetcher: OutboundFetcher
) -> Web:
    settings, server = installation.settings, _build_server(installation, policy, keys)
    return Web(
        server=server,
        warm_server=server.without_look_ups(),
        database=installation.database,
        passwords=installation.passwords,
        sign_in_limits=build_sign_in_limits(settings),
        session_lifetimes=build_session_lifetimes(settings),
        sign_up=SignUpMode(settings.sign_up),
        clients_per_user=settings.clients_per_user,
        dashboard_url=where.dashboard_url,
        mcp_base_url=where.mcp_base_url,
        clock=installation.clock,
        limits_enabled=settings.rate_limits == "on",
        client_address=ClientAddress(settings.trusted_proxies),
        code_path=installation.database.code_path,
        awaitable_code_path=installation.database.awaitable_code_path,
        workers=anyio.CapacityLimiter(WORKER_THREADS),
        hashing=anyio.CapacityLimiter(hashes_at_once(installation.passwords)),
        fetcher=fetcher,
    )


def _build_server(installation: Installation, policy: Policy, keys: SigningKeys) -> Server:
    database, keyring = installation.database, installation.keyring
    known = installation.known_clients
    stateless = StatelessClients(keyring, BoundedCache(CACHE_SIZE), known.redirect_schemes)
    registered = RegisteredClients(database, AgingCache(CACHE_SIZE, CACHE_LIFETIME))
    audit = BoundedAudit(database)
    documents = document_clients(installation, AgingCache(CACHE_SIZE, CACHE_LIFETIME), audit)
    sources = (stateless, registered) if documents is None else (stateless, documents, registered)
    jwk_sets = Copies(KEY_SET_CACHE_SIZE, read_jwk_set)
    refresh_tokens, opaque_tokens = RefreshTokens(keyring), OpaqueTokens(keyring)
    return Server(
        policy=policy,
        database=database,
        keyring=keyring,
        clients=Clients(
            sources,
            database,
            AgingCache(1, CACHE_LIFETIME),
            known,
            Verdict(installation.settings.client_policy),
        ),
        stateless_clients=stateless,
        stored_clients=registered,
        grants=GRANTS,
        client_auth_methods=CLIENT_AUTH_METHODS,
        grant_tools=GrantTools(policy=policy, token_path=database.token_path, refresh_tokens=refresh_tokens),
        tokens=TokenIssuer(policy, refresh_tokens, opaque_tokens, lambda claims: keys.sign(claims, typ=TYPE)),
        access_tokens=AccessTokenReader(policy.issuer, keys, opaque_tokens),
        bounded_audit=audit,
        jwk_sets=jwk_sets,
        acceptors={
            FetchKind.JWK_SET: jwk_sets.accept,
            **({FetchKind.CLIENT_METADATA: documents.accept} if documents is not None else {}),
        },
        refused_assertions=RefusedAssertions(database.token_path),
    )


def _documents(server: Server, keys: SigningKeys, catalogue: ResourceCatalogue) -> dict[str, ASGIApp]:
    """Every well-known address of the authorization server that clients try (interop 3.2, R8)."""
    metadata = VersionedDocument(lambda: catalogue.version, lambda: authorization_server_metadata(server))
    root_paths = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
    return {
        **dict.fromkeys(root_paths, metadata),
        **{path + MCP_PATH: metadata for path in root_paths},
        **{MCP_PATH + path: metadata for path in root_paths},
        "/.well-known/jwks.json": VersionedDocument(lambda: keys.version, keys.jwks),
    }
