"""The metrics as Prometheus reads them (text exposition format); imported when they are first asked for."""

from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from doorward.web.metrics import BUCKETS, Metrics

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
_STATUS_CLASSES = ("none", "1xx", "2xx", "3xx", "4xx", "5xx")


def metrics_text(metrics: Metrics) -> bytes:
    """Everything that is counted, now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(metrics))
    return generate_latest(registry)


class _Snapshot(Collector):
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        metrics = self._metrics
        yield InfoMetricFamily("doorward_build", "What is running.", metrics.facts)
        yield from _routes(metrics)
        yield _counter("doorward_tokens_issued", "Token responses by grant type.", "grant_type", metrics.tokens_issued)
        yield _counter("doorward_refusals", "Requests refused, by OAuth error code.", "error", metrics.refusals)
        yield _counter("doorward_sign_ins", "Sign-ins by outcome.", "outcome", metrics.sign_ins)
        yield CounterMetricFamily("doorward_registrations", "Clients registered.", value=metrics.registrations)
        cut_off = Counter({str(status): count for status, count in metrics.cut_off.items()})
        yield _counter(
            "doorward_cut_off", "Connections cut off before a request was complete, by status.", "status", cut_off
        )
        for name, gauge in metrics.gauges.items():
            if (value := gauge.read()) is not None:
                yield GaugeMetricFamily(name, gauge.words, value=value)


def _routes(metrics: Metrics) -> Iterable[Metric]:
    requests = CounterMetricFamily(
        "doorward_requests", "Requests by endpoint and class of status.", labels=("endpoint", "status")
    )
    seconds = HistogramMetricFamily("doorward_request_seconds", "How long requests took.", labels=("endpoint",))
    for route, record in metrics.routes.items():
        for status, count in zip(_STATUS_CLASSES, record.answers, strict=True):
            if count:
                requests.add_metric((route, status), count)
        bounds = (*(str(bound) for bound in BUCKETS), "+Inf")
        seconds.add_metric((route,), list(zip(bounds, accumulate(record.buckets), strict=True)), record.seconds)
    yield requests
    yield seconds


def _counter(name: str, words: str, label: str, counts: "Counter[str]") -> Metric:
    family = CounterMetricFamily(name, words, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family
