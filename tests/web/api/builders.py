"""Builders of what the JSON API stands on: the composed web, its clock and a client that registered itself."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from doorward.app.documents import way_out
from doorward.app.fetcher import OutboundFetcher
from doorward.app.installation import Installation
from doorward.app.policies import build_policy
from doorward.app.resources import open_catalogue
from doorward.app.web_app import _build_web  # pyright: ignore[reportPrivateUsage]
from doorward.jose.keys import SigningKeys
from doorward.kit.clock import SystemClock
from doorward.kit.keyring import Keyring
from doorward.oauth.endpoints.register import register
from doorward.settings import Addresses, Settings
from doorward.storage import Database
from doorward.web.context import Web
from tests.builders import HERE, NOW, fast_passwords

BASE = "http://localhost:8000"


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, delay: timedelta) -> None:
        self._now += delay


def given_a_web(database: Database, **changes: Any) -> Web:  # noqa: ANN401 - fields of `Web`
    """The composed web of a server at BASE, with its clock standing at NOW."""
    settings, addresses = Settings.model_validate({}), Addresses(mcp_base_url=BASE, dashboard_url=BASE)
    installation = Installation(
        settings=settings,
        database=database,
        keyring=Keyring([b"a secret of thirty-two characters"]),
        passwords=fast_passwords(),
        clock=SystemClock(),
    )
    keys = SigningKeys(database, installation.keyring, retired_lifetime=timedelta(hours=2))
    keys.ensure(NOW)
    fetcher = OutboundFetcher(installation.clock, way_out(settings))
    catalogue = open_catalogue(settings, addresses, database)
    catalogue.reload(NOW)
    web = _build_web(installation, addresses, build_policy(settings, addresses, catalogue), keys, fetcher)
    return replace(web, **{"clock": ManualClock(), **changes})


def an_authorization_request(client_id: str, redirect_uri: str, **more: str) -> dict[str, str]:
    """What a dashboard hands on of the client's request: no more than it must."""
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "code_challenge": a_challenge(),
        "code_challenge_method": "S256",
        **more,
    }


def given_a_registration(web: Web, *, redirect_uris: Sequence[str], name: str = "Example Client") -> str:
    """The client id of a public client that registered itself (RFC 7591)."""
    metadata = {"client_name": name, "redirect_uris": list(redirect_uris)}
    response = register(web.server, json.dumps(metadata).encode(), now=NOW, context=HERE)
    return str(response["client_id"])


def a_verifier() -> str:
    """A code verifier, the same each time (RFC 7636 App. B)."""
    return "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def a_challenge() -> str:
    """The S256 challenge of `a_verifier` (RFC 7636 App. B)."""
    return "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
