"""The log: no credential, query string, bound value or forged line gets into it."""

import io
import json
import logging
import sys
import warnings

import pytest
import structlog
from pydantic import SecretStr

from doorward.kit.secrets import Secret, TokenPrefix, new_token
from doorward.logs import configure_logging, printable, redact_text

pytestmark = pytest.mark.usefixtures("logging_as_before")

A_JWT = "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlY2FuYXJ5"
PUBLIC = {TokenPrefix.STATELESS_CLIENT, TokenPrefix.STORED_CLIENT}
SECRET_PREFIXES = [prefix for prefix in TokenPrefix if prefix not in PUBLIC]


@pytest.fixture(params=["json", "console"])
def log_lines(request):
    """Configure the log in one form and give what it wrote."""
    out = io.StringIO()
    configure_logging(level="debug", log_format=request.param, stream=out)
    return out.getvalue


def json_log(level: str = "info") -> io.StringIO:
    out = io.StringIO()
    configure_logging(level=level, log_format="json", stream=out)
    return out


@pytest.mark.parametrize("prefix", SECRET_PREFIXES)
def test_our_credentials_are_masked_wherever_they_stand(log_lines, prefix):
    """No secret in any log: as a value, inside a text, nested, as a name, or in the event itself."""
    token = new_token(prefix).reveal()
    log = structlog.get_logger("doorward.test")

    log.info("event_one", value=token, text=f"got ({token}).", nested={"a": [{"b": (token,)}]}, **{token: 1})
    event = f"an event with {token}"
    log.warning(event)
    logging.getLogger("some.library").warning("said %s", token)
    logging.getLogger("some.library").warning("https://host/setup/%s", token)

    written = log_lines()
    assert 4 == written.count("\n")
    assert token not in written
    assert token[4:20] not in written
    assert prefix in written


def test_client_ids_are_public_and_stay_readable(log_lines):
    client_id = TokenPrefix.STORED_CLIENT + "AbCdEfGhIjKlMnOp"

    structlog.get_logger().info("client_seen", client_id=client_id)

    assert client_id in log_lines()


@pytest.mark.parametrize(
    "text",
    [
        A_JWT,
        f"token {A_JWT} end",
        f"Authorization: Bearer {'canary' * 3}",
        "authorization: basic Y2FuYXJ5OmNhbmFyeQ==",
        "DPoP canarycanarycanary",
        "GET /callback?code=canary&state=canary HTTP/1.1",
        "https://app.example/cb?state=1&code=canary",
        "postgresql://doorward:canary@db/doorward",
        "postgresql://doorward:can@ary-canary@db/doorward",
        "-----BEGIN EC PRIVATE KEY-----\ncanary\n-----END EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\ncanary",
    ],
)
def test_what_looks_like_a_credential_is_masked(log_lines, text):
    structlog.get_logger().info("seen", text=text)
    logging.getLogger("library").error(text)

    assert "canary" not in log_lines()
    assert A_JWT[:30] not in log_lines()
    assert "****" in log_lines()


@pytest.mark.parametrize(
    "name",
    ["password", "client_secret", "access_token", "refresh_token", "code_verifier", "cookie", "secret_key", "api_key"],
)
def test_values_under_the_name_of_a_secret_are_masked(log_lines, name):
    structlog.get_logger().info("seen", **{name: "canary", "inner": {name: "canary"}})

    assert "canary" not in log_lines()


def test_wrapped_secrets_bytes_and_objects_are_masked(log_lines):
    class Odd:
        def __repr__(self) -> str:
            return f"<Odd {A_JWT}>"

    structlog.get_logger().info(
        "seen", one=Secret("canary"), two=SecretStr("canary"), three=b"canary", four=Odd(), five=ValueError("canary")
    )

    assert "canary" not in log_lines()
    assert A_JWT[:30] not in log_lines()
    assert "ValueError" in log_lines()


def test_an_exception_is_told_by_class_place_and_id_and_never_by_its_text(log_lines):
    """Driver errors hold bound parameters, so their text stays out (S18)."""
    log = structlog.get_logger()

    def fail() -> None:
        try:
            _ = dict[str, str]()["canary-inner"]
        except KeyError as error:
            raise RuntimeError("canary-outer") from error

    try:
        fail()
    except RuntimeError as error:
        log.exception("job_failed")
        log.warning("job_failed", exc_info=error)
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
        logging.getLogger("library").exception("failed", stack_info=True)

    written = log_lines()
    assert "canary" not in written
    assert 4 == written.count("RuntimeError < KeyError")
    assert 4 == written.count("event_id")
    assert "test_logs.py" in written
    assert 4 == written.count("\n")


def test_a_value_cannot_forge_a_line_or_drive_the_terminal(log_lines):
    """Log injection (S54): control and direction characters are written as escapes."""
    name = 'Claude\n{"event": "forged"}\r\x1b[2J\x9b31m\u202etxt\u2028end\x00\ud800'

    structlog.get_logger().info("client_registered", client_name=name, **{name: name})
    logging.getLogger("library").warning(name)

    written = log_lines()
    assert 2 == written.count("\n")
    assert not set("\r\x1b\x9b\u202e\u2028\x00\ud800") & set(written)


def test_a_line_is_an_object_with_time_level_logger_and_event():
    out = json_log()

    structlog.get_logger("doorward.web").warning("rate_limits_off", setting="DOORWARD_RATE_LIMITS")

    line = json.loads(out.getvalue())
    assert ["timestamp", "level", "logger", "event", "setting"] == list(line)
    assert ("warning", "doorward.web", "rate_limits_off") == (line["level"], line["logger"], line["event"])
    assert line["timestamp"].endswith("Z")


def test_what_is_too_long_or_too_deep_is_cut():
    out = json_log()
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]

    structlog.get_logger().info("seen", text="x" * 1_000_000, many=list(range(10_000)), deep=deep)

    assert len(out.getvalue()) < 5_000


def test_levels_below_the_threshold_are_not_written():
    out = json_log("warning")

    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().warning("loud")

    assert "quiet" not in out.getvalue()
    assert "loud" in out.getvalue()


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("httpx2", logging.INFO),
        ("httpcore2.connection", logging.DEBUG),
        ("sqlalchemy.engine.Engine", logging.INFO),
        ("psycopg.pool", logging.INFO),
        ("mcp.server.lowlevel", logging.DEBUG),
        ("python_multipart.multipart", logging.DEBUG),
        ("uvicorn.access", logging.INFO),
        ("uvicorn.access", logging.CRITICAL),
        ("uvicorn.error", logging.DEBUG),
        ("alembic.runtime.migration", logging.DEBUG),
    ],
)
def test_what_libraries_log_of_requests_and_statements_stays_out_at_every_level(name, level):
    """They write full addresses, bodies and bound values there; no query string ever gets into the log."""
    out = json_log("debug")

    logging.getLogger(name).log(level, "HTTP Request: GET https://host/cb canary")

    assert not out.getvalue()


@pytest.mark.parametrize("name", ["uvicorn.error", "sqlalchemy.pool", "httpx2", "mcp", "alembic"])
def test_the_warnings_of_libraries_are_written_in_our_form(name):
    """Even when the library has set up handlers of its own."""
    theirs = io.StringIO()
    logger = logging.getLogger(name)
    handler = logging.StreamHandler(theirs)
    logger.addHandler(handler)
    logger.propagate = False

    out = json_log()
    logger.warning("pool is %s", "full")

    assert "pool is full" == json.loads(out.getvalue())["event"]
    assert not theirs.getvalue()


def test_configuring_twice_writes_each_event_once():
    _, out = json_log(), json_log()

    structlog.get_logger().info("once")
    logging.getLogger("library").info("twice")

    assert 2 == out.getvalue().count("\n")


def test_the_form_follows_the_terminal(monkeypatch):
    """`auto` is JSON unless a person reads the stream."""
    out = io.StringIO()
    configure_logging(log_format="auto", stream=out)
    structlog.get_logger().info("seen")
    assert "seen" == json.loads(out.getvalue())["event"]

    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logging(log_format="auto", stream=terminal)
    structlog.get_logger().info("seen")
    assert not terminal.getvalue().startswith("{")
    assert "\x1b" not in terminal.getvalue()


def test_standard_error_is_the_default_stream(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stderr", out)
    configure_logging()
    structlog.get_logger().info("seen")

    assert "seen" in out.getvalue()


def test_a_log_call_with_broken_arguments_does_not_fail_the_caller(capsys):
    out = json_log()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        structlog.get_logger().info("seen", odd={1: {2, 3}, None: float("nan")}, keys={"a": object()})

    assert "seen" in out.getvalue()
    assert not capsys.readouterr().err


def test_printable_leaves_ordinary_text_of_every_script_alone():
    text = "Ünïcode, Привет, 漢字, \N{GRINNING FACE}"

    assert text == printable(text)
    assert r"a\x1bb\u202ec\nd" == printable("a\x1bb\u202ec\nd")


def test_ordinary_text_is_not_masked():
    text = "The client dwarf asked a question? See https://docs.example.com/a?b for basic help (dwr_)."

    assert text == redact_text(text)
