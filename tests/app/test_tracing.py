"""Traces leave only where a collector is set, and say nothing but what is on the list."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from doorward.app import create_app, open_installation
from doorward.app.exposition import open_traces_of
from doorward.settings import Settings, SettingsError
from doorward.web.tracing import METHOD, REQUEST, ROUTE, STATUS

CANARY = "canary-91ab"


@pytest.mark.anyio
async def test_a_span_says_what_is_on_the_list_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    exporter = InMemorySpanExporter()
    addresses: list[str] = []

    def make_exporter(*, endpoint: str, timeout: float) -> InMemorySpanExporter:
        addresses.append(endpoint)
        return exporter

    monkeypatch.setattr("doorward.app.tracing.OTLPSpanExporter", make_exporter)
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "otlp_endpoint": "http://127.0.0.1:4318/"})
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        transport = httpx2.ASGITransport(app=app)
        async with app.running(), httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "x-secret": CANARY}
            answers = [
                await client.post(f"/api/oauth/token?code={CANARY}", data={"code": CANARY}, headers=headers),
                await client.get(f"/setup/{CANARY}?code={CANARY}", headers=headers),
            ]
    spans = exporter.get_finished_spans()

    assert ["http://127.0.0.1:4318/v1/traces"] == addresses
    assert ["POST /api/oauth/token", "GET /setup/{token}"] == [span.name for span in spans]
    for span, answer in zip(spans, answers, strict=True):
        assert {METHOD, ROUTE, STATUS, REQUEST} == set(span.attributes or {})
        assert answer.status_code == (span.attributes or {})["http.response.status_code"]
        assert answer.headers["x-request-id"] == (span.attributes or {})["doorward.request_id"]
        assert CANARY not in span.to_json()
        assert span.parent is None


def test_without_a_collector_nothing_of_opentelemetry_s_sdk_is_imported(tmp_path: Path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from doorward.app import create_app, open_installation\n"
        "from doorward.settings import Settings\n"
        "with open_installation(Settings(data_dir=Path(sys.argv[1]))) as installation:\n"
        "    create_app(installation, port=8000)\n"
        "loaded = [name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))]\n"
        "print([*loaded, *(n for n in sys.modules if n in ('doorward.app.tracing', 'doorward.web.tracing'))])\n"
        "print([name for name in sys.modules if name.startswith('prometheus_client')])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "data")], capture_output=True, text=True, timeout=60, check=True
    )

    assert ["[]", "[]"] == done.stdout.splitlines()[-2:]


def test_a_collector_without_the_extra_stops_the_start_with_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "doorward.app.tracing", raising=False)
    with pytest.raises(SettingsError, match=r"DOORWARD_OTLP_ENDPOINT needs the extra: install doorward\[otel\]"):
        open_traces_of(Settings.model_validate({"otlp_endpoint": "http://127.0.0.1:4318"}))
