"""Puts the watchers around the application: request ids, metrics, the log, and traces where they are wanted."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from doorward.app.policies import MCP_PATH
from doorward.resource_server.metadata import WELL_KNOWN_PATH
from doorward.settings import Settings
from doorward.web.context import Web
from doorward.web.endpoints.client_configuration import PREFIX
from doorward.web.observation import Observation
from doorward.web.pages import PAGES
from doorward.web.route_names import RouteNames

if TYPE_CHECKING:
    from doorward.app.tracing import Traces

ALIASES = {"/token": "/api/oauth/token", "/register": "/api/oauth/register"}
NOT_HOT = frozenset({"/api/oauth/register", "/register", "/authorize"})


def observed(
    app: ASGIApp,
    web: Web,
    settings: Settings,
    traces: "Traces | None",
    *,
    names: RouteNames,
    machine_paths: Collection[str],
) -> ASGIApp:
    """The application with every watcher around it; the paths that machines call all the time log little."""
    watched: ASGIApp = Observation(
        app,
        metrics=web.metrics,
        names=names,
        hot=[names.of(path) for path in machine_paths if path not in NOT_HOT],
        client_address=web.client_address,
        logs_all=settings.log_level == "debug",
    )
    return traces.around(watched, names) if traces is not None else watched


def route_names(machine_paths: Iterable[str]) -> RouteNames:
    """Every route of this server, by the template of its address; the JSON API adds its own."""
    pages = (page.path for page in PAGES)
    return RouteNames(
        (*(path for path in machine_paths if path not in ALIASES), f"{PREFIX}{{client_id}}", *pages),
        aliases=ALIASES,
        prefixes={MCP_PATH + "/": MCP_PATH, "/static/": "/static", WELL_KNOWN_PATH + "/": WELL_KNOWN_PATH},
    )
