"""The settings: declared once, documented here, misspelt ones refused."""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ENV_PREFIX = "DOORWARD_"
_FOREIGN_NAMES = ("BIN", "PORT")
_FOREIGN_PREFIXES = ("PORT_", "SERVICE_")


class SettingsError(Exception):
    """A setting is wrong; the message is one sentence that names it and the mend."""


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "doorward"


class Settings(BaseSettings):
    """Every setting; the environment variable is `DOORWARD_` and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Where the SQLite database and the secret key file live.",
    )
    database_url: SecretStr | None = Field(
        None,
        description="`sqlite:///path` or any libpq `postgresql://…` URL; unset means SQLite in the data directory.",
    )
    mcp_base_url: str | None = Field(
        None,
        description="Public address of the MCP server and the issuer (RFC 8414 §2); unset means http://localhost:{port}.",
    )
    dashboard_url: str | None = Field(
        None, description="Public address of the pages where people sign in; unset means `mcp_base_url`."
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Secret all server keys derive from, at least 32 characters; a comma list, newest first, "
        "rotates it. Unset means a file made once in the data directory.",
    )
    sign_up: Literal["closed", "invite", "open"] = Field(
        "closed", description="Who may create an account: nobody, bearers of an invitation, or everybody."
    )
    rate_limits: Literal["on", "off"] = Field("on", description="`off` lifts every limit, for load tests only.")
    cimd_allow_loopback: bool = Field(
        default=False,
        description="Let Client ID Metadata Documents be served from this machine, for development only.",
    )
    resource_name: str = Field(
        "MCP server", max_length=80, description="What people read as the name of the MCP server (RFC 9728 §2)."
    )
    resource_documentation: str | None = Field(
        None, description="Page about the MCP server for developers (RFC 9728 §2); unset means the dashboard."
    )
    access_token_lifetime: timedelta = Field(
        timedelta(hours=1), description="How long an access token is accepted (RFC 9068 §2.2 `exp`)."
    )
    authorization_code_lifetime: timedelta = Field(
        timedelta(seconds=60), description="How long a code can be exchanged (RFC 6749 §4.1.2); at most 10 minutes."
    )
    refresh_token_idle_lifetime: timedelta = Field(
        timedelta(days=30), description="How long a connection lasts without being used (RFC 9700 §4.14.2)."
    )
    authorization_lifetime: timedelta = Field(
        timedelta(days=365), description="How long a connection lasts at most, however often it is used."
    )
    refresh_retry_window: timedelta = Field(
        timedelta(seconds=60),
        description="For how long a refresh whose answer was lost gets the same answer again; at most 60 minutes.",
    )
    session_lifetime: timedelta = Field(timedelta(days=30), description="How long a browser stays signed in.")
    administrator_session_lifetime: timedelta = Field(
        timedelta(hours=24), description="How long an administrator's browser stays signed in."
    )
    interaction_lifetime: timedelta = Field(
        timedelta(hours=1), description="How long a sign-in or consent form can be left open."
    )
    sign_in_attempts: int = Field(
        10, ge=1, description="Failed sign-ins allowed for one account within `sign_in_period`."
    )
    sign_in_attempts_per_address: int = Field(
        100, ge=1, description="Failed sign-ins allowed from one address (IPv6: one /64) within `sign_in_period`."
    )
    sign_in_period: timedelta = Field(timedelta(minutes=15), description="The period of the sign-in limits.")
    registration_burst: int = Field(100, ge=1, description="Registrations accepted at once, from everybody together.")
    registration_rate: float = Field(2.0, gt=0, description="Registrations a second once the burst is spent.")
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Comma list of proxy addresses or networks whose X-Forwarded-For is believed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least level logged.")
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`auto` is `console` on a terminal and `json` elsewhere."
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_list(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value
