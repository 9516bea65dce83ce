"""Every setting: its name, type, default and what it is for."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from doorward.settings.base_urls import BaseUrl
from doorward.settings.durations import Lifetime, Window, at_least, at_most
from doorward.settings.upstream import UpstreamUrl
from doorward.settings.values import (
    DatabaseUrl,
    DataDir,
    DataFile,
    DisplayName,
    Host,
    MetricsToken,
    Networks,
    Page,
    SecretKey,
)

ENV_PREFIX = "DOORWARD_"
DATABASE_FILE = "doorward.db"


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "doorward"


class Settings(BaseSettings):
    """Every setting; the environment variable is `DOORWARD_` and the name in capitals.

    Constructing it reads nothing but its arguments; `load_settings` reads the environment.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: DataDir = Field(
        default_factory=_default_data_dir,
        description="Where the SQLite database and the secret key file live.",
    )
    database_url: DatabaseUrl | None = Field(
        default=None,
        description="`sqlite:///path` or any libpq `postgresql://…` URL; unset means SQLite in the data directory.",
    )
    mcp_base_url: BaseUrl | None = Field(
        default=None,
        description="Public address of the MCP server, and the issuer (RFC 8414 §2): https, or http on this machine, "
        "with or without a path; unset means http://localhost:{port}.",
    )
    dashboard_url: BaseUrl | None = Field(
        default=None,
        description="Public address of the pages where people sign in: https, or http on this machine, "
        "with or without a path; unset means `mcp_base_url`.",
    )
    secret_key: SecretKey | None = Field(
        default=None,
        description="Secret all server keys derive from, at least 32 characters; a comma list, newest first, "
        "rotates it. Unset means a file made once in the data directory, for a new PostgreSQL database, too; "
        "one in use needs the setting or that file.",
    )
    sign_up: Literal["closed", "invite", "open"] = Field(
        default="closed",
        description="Who may create an account: nobody, bearers of an invitation, or everybody.",
    )
    rate_limits: Literal["on", "off"] = Field(default="on", description="`off` lifts every limit, for load tests only.")
    client_documents: Literal["on", "off"] = Field(
        default="on",
        description="Whether clients may describe themselves by a document at the https address that is their id "
        "(Client ID Metadata Documents); `off` fetches neither documents nor the `jwks_uri` of clients that register "
        "themselves, only that of clients that an operator registered.",
    )
    cimd_allow_loopback: bool = Field(
        default=False,
        description="Let Client ID Metadata Documents be served from this machine on any port, over https, "
        "for development only.",
    )
    client_policy: Literal["allow", "ask", "deny"] = Field(
        default="allow",
        description="What holds for a client that no rule of `doorward policy` speaks of: people may connect it, an "
        "administrator has to allow it first, or nobody may.",
    )
    known_clients_file: DataFile | None = Field(
        default=None,
        description="TOML file that adds to what Doorward knows of MCP clients, or corrects it.",
    )
    resource_name: DisplayName = Field(
        default="MCP server",
        max_length=80,
        description="What people read as the name of the MCP server (RFC 9728 §2).",
    )
    resource_documentation: Page | None = Field(
        default=None,
        description="Page about the MCP server for developers (RFC 9728 §2); unset means the dashboard.",
    )
    upstream_url: UpstreamUrl | None = Field(
        default=None,
        description="Address of your own MCP server, which then answers at `/http` in place of the demo: https, or "
        "http on this machine or a private network, with or without a path, and nothing more.",
    )
    resources_file: DataFile | None = Field(
        default=None,
        description="TOML file (or JSON, when its name ends in `.json`) that declares protected MCP servers; see "
        "the guide to several MCP servers. Unset means the one at `{mcp_base_url}/http`, and those that are stored.",
    )
    access_token_lifetime: Annotated[Lifetime, at_most(timedelta(days=7))] = Field(
        default=timedelta(hours=1),
        description="How long clients are told an access token lasts (RFC 6749 §5.1 `expires_in`); it is accepted a "
        "tenth of that longer, at least 2 and at most 30 seconds. At most 7 days.",
    )
    authorization_code_lifetime: Annotated[Lifetime, at_most(timedelta(minutes=10), because=" (RFC 6749)")] = Field(
        default=timedelta(seconds=60),
        description="How long a code can be exchanged (RFC 6749 §4.1.2); at most 10 minutes.",
    )
    refresh_token_idle_lifetime: Lifetime = Field(
        default=timedelta(days=30),
        description="How long a connection lasts without being used (RFC 9700 §4.14.2).",
    )
    authorization_lifetime: Lifetime = Field(
        default=timedelta(days=365),
        description="How long a connection lasts at most, however often it is used.",
    )
    refresh_retry_window: Annotated[Window, at_most(timedelta(minutes=60))] = Field(
        default=timedelta(seconds=60),
        description="For how long a refresh whose answer was lost gets the same answer again; 0 to 60 minutes.",
    )
    session_lifetime: Annotated[Lifetime, at_most(timedelta(days=400))] = Field(
        default=timedelta(days=30),
        description="How long a browser stays signed in; at most 400 days, as long as browsers keep a cookie.",
    )
    administrator_session_lifetime: Annotated[Lifetime, at_most(timedelta(days=400))] = Field(
        default=timedelta(hours=24),
        description="How long an administrator's browser stays signed in; at most 400 days.",
    )
    interaction_lifetime: Annotated[Lifetime, at_most(timedelta(hours=24))] = Field(
        default=timedelta(hours=1),
        description="How long a sign-in or consent form can be left open; at most 24 hours.",
    )
    sign_in_attempts: int = Field(
        default=10,
        ge=1,
        le=10_000,
        description="Failed sign-ins allowed for one account within `sign_in_period`; 1 to 10000.",
    )
    sign_in_attempts_per_address: int = Field(
        default=100,
        ge=1,
        le=10_000,
        description="Failed sign-ins allowed from one address (IPv6: one /64) within `sign_in_period`; 1 to 10000.",
    )
    sign_in_period: Annotated[Lifetime, at_most(timedelta(hours=24))] = Field(
        default=timedelta(minutes=15),
        description="The period of the sign-in limits; at most 24 hours.",
    )
    registration: Literal["open", "token", "off"] = Field(
        default="open",
        description="Which clients may register themselves (RFC 7591 §3): all, those that present an initial access "
        "token, or none.",
    )
    clients_per_user: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="Clients that a person may make on their account page; 0 to 1000, and 0 takes the page away.",
    )
    registration_burst: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Registrations accepted at once in each server process, from everybody together; 1 to 1000000.",
    )
    registration_rate: float = Field(
        default=2.0,
        ge=0.001,
        le=100_000,
        allow_inf_nan=False,
        description="Registrations a second in each server process once the burst is spent; 0.001 to 100000.",
    )
    audit_retention: Annotated[Lifetime, at_least(timedelta(days=1))] = Field(
        default=timedelta(days=400),
        description="How long audit events are kept; 1 day at least.",
    )
    trusted_proxies: Networks = Field(
        default=(),
        description="Comma list of proxy addresses or networks whose X-Forwarded-For is believed.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of its own where Prometheus reads `/metrics`; with `--workers`, the first of as many. "
        "1 to 65535.",
    )
    metrics_host: Host = Field(
        default="127.0.0.1",
        description="Address that `metrics_port` listens on; anybody who reaches it reads the metrics.",
    )
    metrics_token: MetricsToken | None = Field(
        default=None,
        description="Secret of at least 32 characters; its bearers read `/metrics` on the main port; for one process.",
    )
    otlp_endpoint: Page | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector (OTLP over HTTP) such as `http://127.0.0.1:4318`; "
        "needs the extra `otel`.",
    )
    max_connections: int = Field(
        default=2000,
        ge=16,
        le=100_000,
        description="Connections that one process keeps open; 16 to 100000, and never more than the system allows.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto` is `console` on a terminal and `json` elsewhere."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only, so that no value comes from a place nobody looked at."""
        return (init_settings,)

    @property
    def effective_database_url(self) -> SecretStr:
        """The database in use: the setting, or SQLite in the data directory."""
        return self.database_url or SecretStr(f"sqlite:///{self.data_dir / DATABASE_FILE}")

    @property
    def uses_postgresql(self) -> bool:
        """Whether the database is PostgreSQL."""
        return not self.effective_database_url.get_secret_value().startswith("sqlite:")


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return ENV_PREFIX + field.upper()
