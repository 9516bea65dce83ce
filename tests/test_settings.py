"""Settings: right ones are read, wrong ones stop the start with one sentence that names the setting and the mend."""

import contextlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from doorward.kit.bucket import Bucket
from doorward.settings import Settings, SettingsError, addresses, load_settings, settings_reference
from doorward.settings.base_urls import check_base_url
from doorward.settings.durations import read_duration, write_duration
from doorward.settings.model import variable

CANARY = "canary-5f1c0d2e"
A_SECRET = "k3y" * 11

WRONG = [
    ("METRICS_PORT", "0"),
    ("METRICS_PORT", "65536"),
    ("METRICS_HOST", "localhost"),
    ("METRICS_TOKEN", CANARY),
    ("METRICS_TOKEN", CANARY + " and words of enough length"),
    ("OTLP_ENDPOINT", f"collector/{CANARY}"),
    ("MAX_CONNECTIONS", "15"),
    ("MAX_CONNECTIONS", "many"),
    ("DATA_DIR", "~nobody-of-this-name/data"),
    ("DATABASE_URL", f"mysql://root:{CANARY}@db/doorward"),
    ("DATABASE_URL", f"/var/lib/{CANARY}.db"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite://"),
    ("MCP_BASE_URL", "http://mcp.example.com"),
    ("MCP_BASE_URL", "mcp.example.com"),
    ("MCP_BASE_URL", "https://"),
    ("MCP_BASE_URL", f"https://user:{CANARY}@mcp.example.com"),
    ("MCP_BASE_URL", f"https://mcp.example.com/?{CANARY}=1"),
    ("MCP_BASE_URL", f"https://mcp.example.com/#{CANARY}"),
    ("MCP_BASE_URL", "https://mcp.example.com//"),
    ("MCP_BASE_URL", "https://mcp.example.com//path"),
    ("MCP_BASE_URL", "https://mcp.example.com/path//"),
    ("MCP_BASE_URL", "https://mcp.example.com/a/../b"),
    ("MCP_BASE_URL", "https://mcp.example.com/."),
    ("MCP_BASE_URL", "https://mcp.example.com/.well-known"),
    ("MCP_BASE_URL", "https://mcp.example.com/a%2Fb"),
    ("MCP_BASE_URL", "https://mcp.example.com/a b"),
    ("MCP_BASE_URL", "https://mcp.example.com/a;b"),
    ("MCP_BASE_URL", "https://MCP.example.com"),
    ("MCP_BASE_URL", "HTTPS://mcp.example.com"),
    ("MCP_BASE_URL", "https://mcp.example.com:443"),
    ("MCP_BASE_URL", "https://mcp.example.com:0"),
    ("MCP_BASE_URL", "https://mcp.example.com:08443"),
    ("MCP_BASE_URL", "https://mcp.example.com:65536"),
    ("MCP_BASE_URL", "https://mcp.example.com:"),
    ("MCP_BASE_URL", "https://mcp..example.com"),
    ("MCP_BASE_URL", "https://-mcp.example.com"),
    ("MCP_BASE_URL", "https://mcp.example.com\n"),
    ("MCP_BASE_URL", " https://mcp.example.com"),
    ("MCP_BASE_URL", "https://mcp.example.com\\@evil.example"),
    ("MCP_BASE_URL", "https://bücher.example"),
    ("MCP_BASE_URL", "https://127.1"),
    ("MCP_BASE_URL", "https://256.1.1.1"),
    ("MCP_BASE_URL", "https://[::1"),
    ("MCP_BASE_URL", "https://[0:0:0:0:0:0:0:1]"),
    ("MCP_BASE_URL", "http://0.0.0.0:8000"),
    ("MCP_BASE_URL", "http://128.0.0.1"),
    ("MCP_BASE_URL", "http://[::2]"),
    ("MCP_BASE_URL", "http://[::ffff:127.0.0.1]"),
    ("MCP_BASE_URL", "http://localhost.example.com"),
    ("MCP_BASE_URL", "http://localhost:80"),
    ("MCP_BASE_URL", "ftp://localhost"),
    ("DASHBOARD_URL", "http://id.example.com"),
    ("DASHBOARD_URL", "https://id.example.com/?sign-in"),
    ("RESOURCES_FILE", "~nobody-of-this-name/resources.toml"),
    ("SECRET_KEY", CANARY),
    ("SECRET_KEY", f"{A_SECRET},{CANARY}"),
    ("SECRET_KEY", f"{A_SECRET},"),
    ("SECRET_KEY", " " * 40),
    ("SIGN_UP", "anyone"),
    ("SIGN_UP", "Open"),
    ("RATE_LIMITS", "no"),
    ("CLIENT_POLICY", "perhaps"),
    ("KNOWN_CLIENTS_FILE", "~nobody-of-this-name/known.toml"),
    ("CIMD_ALLOW_LOOPBACK", "perhaps"),
    ("CLIENT_DOCUMENTS", "perhaps"),
    ("RESOURCE_NAME", "x" * 81),
    ("RESOURCE_NAME", "   "),
    ("RESOURCE_NAME", "two\nlines"),
    ("RESOURCE_DOCUMENTATION", "javascript:alert(1)"),
    ("UPSTREAM_URL", "127.0.0.1:9000/mcp"),
    ("UPSTREAM_URL", "ftp://127.0.0.1/mcp"),
    ("UPSTREAM_URL", "https:///mcp"),
    ("UPSTREAM_URL", f"https://user:{CANARY}@mcp.example.com/mcp"),
    ("UPSTREAM_URL", f"https://{CANARY}@mcp.example.com/mcp"),
    ("UPSTREAM_URL", f"https://mcp.example.com/mcp?key={CANARY}"),
    ("UPSTREAM_URL", f"https://mcp.example.com/mcp#{CANARY}"),
    ("UPSTREAM_URL", "https://mcp.example.com/a/../mcp"),
    ("UPSTREAM_URL", "https://mcp.example.com/ mcp"),
    ("UPSTREAM_URL", "https://mcp.example.com/mcp\r\nX: y"),
    ("UPSTREAM_URL", "https://mcp.example.com\\@evil.example/mcp"),
    ("UPSTREAM_URL", "https://mcp.example.com:0/mcp"),
    ("UPSTREAM_URL", "https://mcp.example.com:65536/mcp"),
    ("UPSTREAM_URL", f"https://mcp.example.com/{'x' * 2000}"),
    ("UPSTREAM_URL", "http://mcp.example.com/mcp"),
    ("UPSTREAM_URL", "http://8.8.8.8/mcp"),
    ("UPSTREAM_URL", "http://172.32.0.1/mcp"),
    ("UPSTREAM_URL", "http://169.254.169.254/mcp"),
    ("UPSTREAM_URL", "http://[2001:db8::1]/mcp"),
    ("UPSTREAM_URL", "http://127.1/mcp"),
    ("UPSTREAM_URL", "http://2130706433/mcp"),
    ("UPSTREAM_URL", "http://localhost.example.com/mcp"),
    ("ACCESS_TOKEN_LIFETIME", "soon"),
    ("ACCESS_TOKEN_LIFETIME", "0"),
    ("ACCESS_TOKEN_LIFETIME", "-1h"),
    ("ACCESS_TOKEN_LIFETIME", "-PT1H"),
    ("ACCESS_TOKEN_LIFETIME", "1.5h"),
    ("ACCESS_TOKEN_LIFETIME", "1 h"),
    ("ACCESS_TOKEN_LIFETIME", "1w"),
    ("ACCESS_TOKEN_LIFETIME", "PT0.5S"),
    ("ACCESS_TOKEN_LIFETIME", "P"),
    ("ACCESS_TOKEN_LIFETIME", "P99999999999D"),
    ("ACCESS_TOKEN_LIFETIME", "3651d"),
    ("ACCESS_TOKEN_LIFETIME", "999999999999d"),
    ("ACCESS_TOKEN_LIFETIME", "604801"),
    ("ACCESS_TOKEN_LIFETIME", "٣h"),
    ("AUTHORIZATION_CODE_LIFETIME", "601"),
    ("AUTHORIZATION_CODE_LIFETIME", "0s"),
    ("REFRESH_TOKEN_IDLE_LIFETIME", "0d"),
    ("AUTHORIZATION_LIFETIME", "1y"),
    ("REFRESH_RETRY_WINDOW", "61m"),
    ("REFRESH_RETRY_WINDOW", "-1s"),
    ("SESSION_LIFETIME", "never"),
    ("SESSION_LIFETIME", "401d"),
    ("ADMINISTRATOR_SESSION_LIFETIME", "nan"),
    ("ADMINISTRATOR_SESSION_LIFETIME", "401d"),
    ("INTERACTION_LIFETIME", "1e3"),
    ("INTERACTION_LIFETIME", "25h"),
    ("SIGN_IN_ATTEMPTS", "0"),
    ("SIGN_IN_ATTEMPTS", "ten"),
    ("SIGN_IN_ATTEMPTS", "1.5"),
    ("SIGN_IN_ATTEMPTS", "9" * 5000),
    ("SIGN_IN_ATTEMPTS", "99999999999"),
    ("SIGN_IN_ATTEMPTS", "10001"),
    ("SIGN_IN_ATTEMPTS_PER_ADDRESS", "-1"),
    ("SIGN_IN_ATTEMPTS_PER_ADDRESS", "10001"),
    ("SIGN_IN_PERIOD", "0"),
    ("SIGN_IN_PERIOD", "25h"),
    ("REGISTRATION", "closed"),
    ("CLIENTS_PER_USER", "-1"),
    ("CLIENTS_PER_USER", "1001"),
    ("CLIENTS_PER_USER", "many"),
    ("REGISTRATION_BURST", "0"),
    ("REGISTRATION_BURST", "99999999999999999999"),
    ("REGISTRATION_BURST", "1000001"),
    ("REGISTRATION_RATE", "0"),
    ("REGISTRATION_RATE", "nan"),
    ("REGISTRATION_RATE", "inf"),
    ("REGISTRATION_RATE", "fast"),
    ("REGISTRATION_RATE", "1e-320"),
    ("REGISTRATION_RATE", "0.0009"),
    ("REGISTRATION_RATE", "100001"),
    ("AUDIT_RETENTION", "0"),
    ("AUDIT_RETENTION", "23h"),
    ("AUDIT_RETENTION", "3651d"),
    ("TRUSTED_PROXIES", "proxy.example.com"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("LOG_LEVEL", "verbose"),
    ("LOG_FORMAT", "xml"),
]


def the_complaint(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    return str(caught.value)


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_stops_the_start_with_one_sentence(name, value):
    """The sentence names the setting and never repeats a value."""
    complaint = the_complaint({f"DOORWARD_{name}": value})

    assert complaint.startswith(f"DOORWARD_{name} ")
    assert complaint.endswith(".")
    assert "\n" not in complaint
    assert ". " not in complaint.replace("e.g. ", "")
    assert CANARY not in complaint


def test_every_setting_that_can_be_wrong_is_in_the_table():
    assert {name for name, _ in WRONG} == {field.upper() for field in Settings.model_fields}


def test_a_wrong_value_leaves_no_secret_in_the_chain_of_exceptions():
    """The cause of a SettingsError would print the value in a traceback (S18)."""
    with pytest.raises(SettingsError) as caught:
        load_settings({"DOORWARD_SECRET_KEY": CANARY})

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert CANARY not in repr(caught.value.__context__)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("DOORWARD_SIGNUP", "did you mean DOORWARD_SIGN_UP?"),
        ("DOORWARD_MCP_BASE_URI", "did you mean DOORWARD_MCP_BASE_URL?"),
        ("doorward_sign_up", "did you mean DOORWARD_SIGN_UP?"),
        ("DOORWARD_XYZZY", "correct its name or unset it."),
        ("DOORWARD_", "correct its name or unset it."),
        ("DOORWARD_BINARY", "correct its name or unset it."),
    ],
)
def test_an_unknown_name_stops_the_start(name, hint):
    """Misspelt settings are fatal (T16); what is near is offered."""
    complaint = the_complaint({name: CANARY})

    assert complaint == f"{name} is not a setting: {hint}"


def test_a_hostile_unknown_name_cannot_forge_output():
    """Control characters of a name are not printed (S54)."""
    assert "\x1b" not in the_complaint({"DOORWARD_\x1b[31m\nX": "1"})


@pytest.mark.parametrize("name", ["DOORWARD_BIN", "DOORWARD_PORT", "DOORWARD_PORT_80_TCP", "DOORWARD_SERVICE_HOST"])
def test_names_that_other_tools_set_are_ignored(name):
    """Container links and service managers set them (T16)."""
    assert load_settings({}) == load_settings({name: "tcp://10.0.0.1:80"})


def test_an_empty_variable_counts_as_unset():
    """Compose files pass empty values on."""
    environ = {f"DOORWARD_{field.upper()}": "" for field in Settings.model_fields}

    assert load_settings({}) == load_settings(environ)


def test_settings_made_in_code_read_no_environment(monkeypatch):
    """A value never comes from a place nobody looked at."""
    monkeypatch.setenv("DOORWARD_SIGN_UP", "open")

    assert "closed" == Settings().sign_up


def test_the_process_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("DOORWARD_SIGN_UP", "invite")

    assert "invite" == load_settings().sign_up


def test_settings_cannot_be_changed_or_misspelt_in_code():
    with pytest.raises(ValidationError):
        Settings(sign_upp="open")  # pyright: ignore[reportCallIssue]
    with pytest.raises(ValidationError):
        Settings().sign_up = "open"  # pyright: ignore[reportAttributeAccessIssue]


def test_secrets_do_not_print_themselves():
    """Neither the settings nor a failure to make them show a value."""
    settings = load_settings(
        {"DOORWARD_SECRET_KEY": CANARY * 3, "DOORWARD_DATABASE_URL": f"postgresql://{CANARY}@db/x"}
    )
    with pytest.raises(ValidationError) as caught:
        Settings(secret_key=CANARY)  # pyright: ignore[reportArgumentType]

    assert CANARY not in f"{settings!r} {settings} {caught.value}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("7d", timedelta(days=7)),
        ("90", timedelta(seconds=90)),
        ("PT1H30M", timedelta(minutes=90)),
        ("P7D", timedelta(days=7)),
        (" 1h ", timedelta(hours=1)),
    ],
)
def test_durations_are_read_as_people_write_them(text, expected):
    assert expected == load_settings({"DOORWARD_ACCESS_TOKEN_LIFETIME": text}).access_token_lifetime


def test_the_retry_window_may_be_nothing():
    assert timedelta(0) == load_settings({"DOORWARD_REFRESH_RETRY_WINDOW": "0"}).refresh_retry_window


def test_limits_of_durations_are_inclusive():
    settings = load_settings({"DOORWARD_REFRESH_RETRY_WINDOW": "60m", "DOORWARD_AUTHORIZATION_CODE_LIFETIME": "10m"})

    assert (timedelta(hours=1), timedelta(minutes=10)) == (
        settings.refresh_retry_window,
        settings.authorization_code_lifetime,
    )


@pytest.mark.parametrize(
    ("name", "value", "range_"),
    [
        ("SIGN_IN_ATTEMPTS", "0", "whole number from 1 to 10000"),
        ("REGISTRATION_BURST", "9" * 20, "whole number from 1 to 1000000"),
        ("REGISTRATION_RATE", "1e-320", "number from 0.001 to 100000"),
    ],
)
def test_a_number_out_of_range_is_told_its_range(name, value, range_):
    assert f"DOORWARD_{name} must be a {range_}." == the_complaint({f"DOORWARD_{name}": value})


EXTREMES = {
    "REGISTRATION_BURST": ("1", "1000000"),
    "REGISTRATION_RATE": ("0.001", "100000"),
    "SIGN_IN_ATTEMPTS": ("1", "10000"),
    "SIGN_IN_PERIOD": ("1s", "24h"),
}


@pytest.mark.parametrize("chosen", list(itertools.product(*EXTREMES.values())), ids=str)
def test_no_limit_that_is_accepted_overflows_or_is_off(chosen):
    """What one attempt costs of a limit is longer than nothing, whatever is configured."""
    settings = load_settings({f"DOORWARD_{name}": value for name, value in zip(EXTREMES, chosen, strict=True)})
    bucket = Bucket(burst=settings.registration_burst, rate=settings.registration_rate)
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert bucket.take(now) is None
    assert (settings.registration_burst == 1) == (bucket.take(now) is not None)
    assert settings.sign_in_period // settings.sign_in_attempts >= timedelta(microseconds=100)


@given(st.integers(min_value=0, max_value=3650 * 86400))
def test_a_written_duration_is_read_back(seconds):
    assert timedelta(seconds=seconds) == read_duration(write_duration(timedelta(seconds=seconds)))


@given(st.text())
def test_any_text_is_a_duration_or_a_settings_error(text):
    """Nothing but SettingsError leaves the reader, whatever the environment holds."""
    for name in ("SESSION_LIFETIME", "MCP_BASE_URL", "DATA_DIR", "RESOURCE_NAME", "REGISTRATION_RATE"):
        with contextlib.suppress(SettingsError):
            load_settings({f"DOORWARD_{name}": text})


@pytest.mark.parametrize(
    ("given_as", "kept_as"),
    [
        ("https://mcp.example.com", "https://mcp.example.com"),
        ("https://mcp.example.com/", "https://mcp.example.com"),
        ("https://mcp.example.com:8443", "https://mcp.example.com:8443"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://203.0.113.7", "https://203.0.113.7"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.9.9.9:1", "http://127.9.9.9:1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://example.com/tenant/", "https://example.com/tenant"),
        ("https://example.com/Tenants/a-b_c.d~e", "https://example.com/Tenants/a-b_c.d~e"),
    ],
)
def test_public_addresses_are_kept_as_strings_without_the_trailing_slash(given_as, kept_as):
    """The issuer is compared as a string, so nothing else about it changes (RFC 8414 §3.3, T9, S73)."""
    assert kept_as == load_settings({"DOORWARD_MCP_BASE_URL": given_as}).mcp_base_url


@given(st.text(alphabet="htps:/[]@.?#-_0123456789abcABC \\%\n", max_size=40))
def test_an_accepted_address_has_nothing_but_scheme_host_port_and_path(text):
    """No userinfo, query, fragment or second spelling passes (T9)."""
    try:
        address = check_base_url(text)
    except ValueError:
        return

    scheme, _, rest = address.partition("://")
    host = rest.partition("/")[0]
    assert address in (text, text.removesuffix("/"))
    assert scheme in ("https", "http")
    assert not set("@?#\\% \n") & set(address)
    assert not set("_ABC") & set(host)
    assert "//" not in rest
    assert not rest.endswith("/")


def test_unset_addresses_follow_the_port():
    """T9: `http://localhost:{port}`, and the dashboard is at the same place."""
    here = addresses(Settings(), host="127.0.0.1", port=8123)

    assert ("http://localhost:8123", "http://localhost:8123") == (here.mcp_base_url, here.dashboard_url)


def test_the_default_port_is_not_spelt_out():
    """Browsers leave it out of Origin (RFC 6454 §6.1)."""
    assert "http://localhost" == addresses(Settings(), host="::1", port=80).mcp_base_url


def test_the_dashboard_is_at_the_base_address_unless_set():
    base = "https://mcp.example.com"
    one = addresses(Settings(mcp_base_url=base), host="0.0.0.0", port=8000)  # noqa: S104
    two = addresses(Settings(mcp_base_url=base, dashboard_url="https://id.example.com"), host="::", port=8000)

    assert (base, base) == (one.mcp_base_url, one.dashboard_url)
    assert (base, "https://id.example.com") == (two.mcp_base_url, two.dashboard_url)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mcp.example.com", "", "127.0.0.2"])  # noqa: S104
def test_listening_beyond_localhost_needs_a_public_address(host):
    """T9: the public address is configuration, never the request's Host."""
    with pytest.raises(SettingsError, match=r"^DOORWARD_MCP_BASE_URL must be set when --host .*\.$"):
        addresses(Settings(), host=host, port=8000)


@pytest.mark.parametrize("base", ["https://mcp.example.com/http", "https://mcp.example.com/auth/http"])
def test_the_address_of_the_mcp_server_is_not_the_address_of_the_server(base):
    """It would be found at /http/http, and clients would be told so."""
    with pytest.raises(SettingsError, match=r"^DOORWARD_MCP_BASE_URL must not end in /http: .*\.$"):
        addresses(Settings(mcp_base_url=base), host="127.0.0.1", port=8000)


def test_the_database_is_in_the_data_directory_unless_set(tmp_path: Path):
    inside = load_settings({"DOORWARD_DATA_DIR": str(tmp_path)})
    outside = load_settings({"DOORWARD_DATABASE_URL": "postgresql:///doorward?host=/run/postgresql"})

    assert f"sqlite:///{tmp_path}/doorward.db" == inside.effective_database_url.get_secret_value()
    assert not inside.uses_postgresql
    assert outside.uses_postgresql


def test_the_data_directory_is_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")

    assert tmp_path / "data" == load_settings({"DOORWARD_DATA_DIR": "data"}).data_dir
    assert Path("/home/ada/data") == load_settings({"DOORWARD_DATA_DIR": "~/data"}).data_dir


def test_the_data_directory_defaults_to_the_users_own(monkeypatch):
    """As the XDG base directory specification says."""
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    default = load_settings({}).data_dir
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/share")

    assert Path("/home/ada/.local/share/doorward") == default
    assert Path("/srv/share/doorward") == load_settings({}).data_dir


def test_lists_are_separated_by_commas():
    settings = load_settings({"DOORWARD_TRUSTED_PROXIES": "10.0.0.0/8, 2001:db8::7,"})

    assert ("10.0.0.0/8", "2001:db8::7") == settings.trusted_proxies


def test_the_reference_describes_every_setting():
    """The reference pages are derived from the declarations, so they cannot lie."""
    reference = {entry.field: entry for entry in settings_reference()}

    assert list(reference) == list(Settings.model_fields)
    assert all(entry.description.endswith(".") and entry.type for entry in reference.values())
    assert ("DOORWARD_SIGN_UP", "closed | invite | open", "closed") == (
        reference["sign_up"].variable,
        reference["sign_up"].type,
        reference["sign_up"].default,
    )


def test_written_defaults_are_accepted_as_values():
    """What the reference prints can be put into the environment."""
    environ = {entry.variable: entry.default for entry in settings_reference() if entry.field != "data_dir"}

    assert load_settings({}) == load_settings(environ)
    assert variable("sign_up") in environ


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8920",
        "https://mcp.example.com/mcp",
        "https://mcp.example.com",
        "https://8.8.8.8:8443/mcp/",
        "http://127.0.0.1:9000/mcp",
        "http://localhost:9000",
        "http://[::1]:9000/a%20b",
        "http://10.1.2.3/mcp",
        "http://192.168.0.7:9000/mcp",
        "http://[fd00::1]/mcp",
        "http://weather:9000/mcp",
        "http://weather.tools.svc.cluster.local/mcp",
        "http://weather.internal/mcp",
    ],
)
def test_an_mcp_server_is_reached_over_tls_or_nearby(url: str) -> None:
    """It is kept as it is written: the word about who is asking is made out to this very string."""
    settings = Settings(upstream_url=url)

    assert url == settings.upstream_url
    assert addresses(settings, host="localhost", port=8000)


@pytest.mark.parametrize(
    "url",
    [
        "https://mcp.example.com/http",
        "https://MCP.example.com:443/other",
        "https://id.example.com/http",
        "http://127.0.0.1:8000/http",
        "http://[::1]:8000/http",
        "http://localhost:8000",
    ],
)
def test_a_server_is_not_put_in_front_of_itself(url: str) -> None:
    settings = Settings(
        upstream_url=url, mcp_base_url="https://mcp.example.com", dashboard_url="https://id.example.com"
    )

    with pytest.raises(SettingsError, match="DOORWARD_UPSTREAM_URL must not lead to this server itself"):
        addresses(settings, host="localhost", port=8000)
