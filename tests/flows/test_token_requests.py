"""Hostile token requests: exact OAuth JSON, whatever is sent (RFC 6749 §3.2, §5.2)."""

import pytest

from tests.flows.service import FORM, Service

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("content", "content_type", "status", "error"),
    [
        (b"", "application/x-www-form-urlencoded", 401, "invalid_client"),
        (b"grant_type=authorization_code&grant_type=authorization_code&client_id=x", None, 400, "invalid_request"),
        (b"client_id=%ff", None, 400, "invalid_request"),
        (b"\xff\xfe", None, 400, "invalid_request"),
        (b"a=%00", None, 400, "invalid_request"),
        (b"&".join(b"p%d=1" % n for n in range(100)), None, 400, "invalid_request"),
        (b"a=" + b"b" * 70_000, None, 413, "invalid_request"),
        (b'{"grant_type":"authorization_code"}', "application/json", 400, "invalid_request"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400, "invalid_request"),
        (b"grant_type=x", "text/plain", 400, "invalid_request"),
        (b"grant_type=x", "", 400, "invalid_request"),
    ],
)
async def test_every_malformed_request_is_oauth_json(
    service: Service, content: bytes, content_type: str | None, status: int, error: str
) -> None:
    """Never 422, never 500, never `detail` (S30, S33, S37)."""
    headers = FORM if content_type is None else {"content-type": content_type}
    answer = await service.http.post("/api/oauth/token", content=content, headers=headers)

    assert (status, error) == (answer.status_code, answer.json()["error"])
    assert {"error", "error_description"} == set(answer.json())
    assert "application/json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert "*" == answer.headers["access-control-allow-origin"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_only_post_is_answered(service: Service, method: str) -> None:
    answer = await service.http.request(method, "/api/oauth/token")

    assert (405, "invalid_request") == (answer.status_code, answer.json()["error"])
    assert "POST" in answer.headers["allow"]


async def test_a_preflight_is_answered_before_anything_else(service: Service) -> None:
    """R20: clients in web pages."""
    headers = {"origin": "https://x.example", "access-control-request-method": "POST"}
    answer = await service.http.options("/api/oauth/token", headers=headers)

    assert 204 == answer.status_code
    assert "*" == answer.headers["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_parameters_in_the_query_count_for_nothing(service: Service) -> None:
    """RFC 6749 §2.3.1: never in the request URI."""
    answer = await service.http.post("/api/oauth/token?grant_type=refresh_token&client_id=x", headers=FORM)

    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


async def test_no_error_echoes_what_was_sent(service: Service) -> None:
    """Reflected values would leak into logs of clients."""
    client_id, _ = await service.connected()
    answers = [
        await service.redeemed(client_id, "dwc_canary"),
        await service.refreshed(client_id, "dwr_canary"),
        await service.token(grant_type="canary", client_id=client_id),
        await service.token(grant_type="refresh_token", client_id="canary", refresh_token="canary"),
    ]

    assert not any("canary" in answer.text for answer in answers)


async def test_a_grant_the_client_was_not_given_is_unauthorized(service: Service) -> None:
    """RFC 6749 §5.2 `unauthorized_client`."""
    client_id, _ = await service.connected(grant_types=["authorization_code"])
    answer = await service.refreshed(client_id, "dwr_x")

    assert (400, "unauthorized_client") == (answer.status_code, answer.json()["error"])
