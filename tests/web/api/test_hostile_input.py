"""Every route of the API, against everything that is not what it expects."""

import json

import pytest

PEOPLE = [("POST", "/api/users/register"), ("POST", "/api/users/login")]
SIGNED_IN = [
    ("GET", "/api/users/me"),
    ("POST", "/api/users/logout"),
    ("GET", "/api/users/mcp-keys"),
    ("POST", "/api/users/mcp-keys"),
    ("DELETE", "/api/users/mcp-keys/some-key"),
    ("GET", "/api/oauth/authorize"),
    ("POST", "/api/oauth/authorize"),
    ("GET", "/api/users/clients"),
    ("POST", "/api/users/clients"),
    ("PATCH", "/api/users/clients/some-client"),
    ("DELETE", "/api/users/clients/some-client"),
    ("POST", "/api/users/clients/some-client/secret"),
    ("DELETE", "/api/users/clients/some-client/old-secret"),
]
FOR_ADMINISTRATORS = [
    ("GET", "/api/admin/clients"),
    ("POST", "/api/admin/clients"),
    ("GET", "/api/admin/clients/some-client"),
    ("PATCH", "/api/admin/clients/some-client"),
    ("DELETE", "/api/admin/clients/some-client"),
    ("POST", "/api/admin/clients/some-client/secret"),
    ("DELETE", "/api/admin/clients/some-client/old-secret"),
    ("GET", "/api/admin/blocks"),
    ("POST", "/api/admin/blocks"),
    ("DELETE", "/api/admin/blocks"),
    ("GET", "/api/admin/client-rules"),
    ("POST", "/api/admin/client-rules"),
    ("DELETE", "/api/admin/client-rules"),
    ("GET", "/api/admin/access-requests"),
    ("POST", "/api/admin/access-requests/some-request"),
    ("GET", "/api/admin/registration-tokens"),
    ("POST", "/api/admin/registration-tokens"),
    ("DELETE", "/api/admin/registration-tokens/some-token"),
    ("GET", "/api/admin/resources"),
    ("POST", "/api/admin/resources"),
    ("GET", "/api/admin/resources/some-resource"),
    ("PATCH", "/api/admin/resources/some-resource"),
    ("DELETE", "/api/admin/resources/some-resource"),
    ("GET", "/api/admin/resources/some-resource/metadata"),
    ("POST", "/api/admin/resources/some-resource/servers"),
    ("DELETE", "/api/admin/resources/some-resource/servers/some-client"),
]
WITH_BODY = [*PEOPLE, ("POST", "/api/users/mcp-keys"), ("POST", "/api/users/clients"), ("POST", "/api/oauth/authorize")]
FIELDS = {
    "/api/users/register": ["email", "password", "invitation"],
    "/api/users/login": ["email", "password"],
    "/api/users/mcp-keys": ["name", "scope", "resource"],
    "/api/users/clients": ["client_name", "redirect_uris", "token_endpoint_auth_method"],
    "/api/oauth/authorize": ["client_id", "response_type", "redirect_uri", "scope", "resource"],
}
CANARY = "canary-5f1d"

MALFORMED = {
    "nothing": b"",
    "no JSON": b"nonsense",
    "half": b'{"email": "a',
    "array": b"[]",
    "array of objects": b"[{}]",
    "text": b'"email"',
    "null": b"null",
    "number": b"1e400",
    "NaN": b'{"email": NaN, "password": "b"}',
    "repeated member": b'{"email": "a", "email": "b", "password": "c", "name": "d", "client_id": "e"}{"email": "a"}',
    "repeated members": b'{"email":"a","email":"b","name":"a","name":"b","client_id":"a","client_id":"b"}',
    "not UTF-8": b'{"email": "\xff\xfe", "password": "b"}',
    "UTF-16": '{"email": "a", "password": "b"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"email": "a", "password": "b"}',
    "NUL": rb'{"email": "a\u0000", "password": "b", "name": "a\u0000", "client_id": "a\u0000"}',
    "lone surrogate": rb'{"email": "\ud800", "password": "b", "name": "\ud800", "client_id": "\ud800"}',
    "lone surrogate in a name": rb'{"\udfff": "a"}',
    "deep arrays": b"[" * 60_000,
    "deep objects": b'{"a":' * 10_000,
    "deep and closed": b'{"email":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "long number": b'{"email": ' + b"9" * 50_000 + b"}",
    "wrong types": b'{"email": 1, "password": true, "name": [], "client_id": {}}',
    "nulls": b'{"email": null, "password": null, "name": null, "client_id": null}',
    "nested": b'{"email": {"$ne": ""}, "password": {"$gt": ""}, "name": {"$ne": ""}, "client_id": {"$ne": ""}}',
    "empty object": b"{}",
    "trailing text": b'{"email": "a", "password": "b"} {}',
}
CONTENT_TYPES = [
    None,
    "",
    "text/plain",
    "text/plain;charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json-patch+json",
    "application/jsonp",
    "application/json, text/plain",
    "application/json; charset=utf-16",
    "application/json; charset=latin-1",
    "APPLICATION/XML",
    "*/*",
    ";",
]


BAD_AUTHORIZATIONS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer dwb_",
    "Bearer " + CANARY,
    "Bearer dwb_" + "x" * 43,
    "Bearer dwb_" + "x" * 42,
    "Bearer dwb_" + "x" * 50_000,
    "Bearer dwb_" + "x" * 43 + " dwb_" + "y" * 43,
    "Bearer\tdwb_" + "x" * 43,
    "Basic dXNlcjpwYXNz",
    "dwb_" + "x" * 43,
    "Token dwb_" + "x" * 43,
    b"Bearer \xff\xfe",
]


UNKNOWN_PATHS = [
    "/api/users",
    "/api/users/",
    "/api/users/login/",
    "/api/users/me/",
    "/api/users/mcp-keys/",
    "/api/oauth/authorize/",
    "/api//users/me",
    "/api/users/%6de/x",
    "/api/docs",
    "/docs",
    "/redoc",
    "/openapi.json",
]


def check_is_an_error(answer, *statuses: int) -> None:
    """An error in OAuth form: JSON, never cached, nothing echoed (threats.md 0.1)."""
    assert answer.status_code in statuses, (answer.text, dict(answer.request.headers))
    assert "application/json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert not any(name.startswith("access-control-") for name in answer.headers)
    assert "detail" not in answer.json()
    assert {"error", "error_description"} <= set(answer.json()) <= {"error", "error_description", "state", "iss"}
    description = answer.json()["error_description"]
    assert all(character in " !" or ("#" <= character <= "~" and character != "\\") for character in description)
    assert CANARY not in answer.text


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_malformed_body_is_400(api, person, route):
    """Never 422 and never 500 (threats.md section 6, 13); a closed server refuses a sign-up it could read with 403."""
    method, path = route
    headers = {**person.headers, "Content-Type": "application/json"}

    for body in MALFORMED.values():
        check_is_an_error(api.request(method, path, headers=headers, content=body), 400)


@pytest.mark.parametrize("route", WITH_BODY[:3], ids=" ".join)
def test_an_unknown_member_is_400_and_not_echoed(api, person, route):
    """A misspelt member is told, its name is not repeated."""
    method, path = route
    body = {"email": "a@example.org", "password": CANARY, "name": "a", CANARY: CANARY}

    check_is_an_error(api.request(method, path, headers=person.headers, json=body), 400)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_no_value_is_echoed(api, person, route):
    """Error texts hold no value that was received, `state` excepted (threats.md 0.1)."""
    method, path = route

    for value in (CANARY, f'"><script>{CANARY}</script>', f"\r\nX-{CANARY}: 1", f"{CANARY}'--"):
        body = dict.fromkeys(FIELDS[path], value)
        check_is_an_error(api.request(method, path, headers=person.headers, json=body), 400, 401, 403)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_another_content_type_is_415(api, person, route):
    """What a form of another site can send with a person's browser must not work (S12; Fetch: simple requests)."""
    method, path = route
    body = b'{"email": "a", "password": "b", "name": "c"}'

    for content_type in CONTENT_TYPES:
        headers = {**person.headers, **({} if content_type is None else {"Content-Type": content_type})}
        check_is_an_error(api.request(method, path, headers=headers, content=body), 415)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_json_in_every_spelling_is_read(api, person, route):
    """Media types are compared without case (RFC 9110 §8.3.1); the empty object is then simply not enough."""
    method, path = route

    for content_type in ("application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"'):
        headers = {**person.headers, "Content-Type": content_type}
        check_is_an_error(api.request(method, path, headers=headers, content=b"{}"), 400)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
def test_a_compressed_body_is_415(api, person, route):
    """No bomb is unpacked (RFC 9110 §8.4)."""
    method, path = route
    headers = {**person.headers, "Content-Type": "application/json", "Content-Encoding": "gzip"}

    check_is_an_error(api.request(method, path, headers=headers, content=b"\x1f\x8b"), 415)


@pytest.mark.parametrize("route", WITH_BODY, ids=" ".join)
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_a_body_above_64_kib_is_413(api, person, route, announced):
    """Bodies are capped whether their length is announced or not."""
    method, path = route
    body = json.dumps({"email": CANARY * 7_000}).encode()
    headers = {**person.headers, "Content-Type": "application/json"}

    answer = api.request(method, path, headers=headers, content=body if announced else iter([body[:100], body[100:]]))

    check_is_an_error(answer, 413)


@pytest.mark.parametrize("route", SIGNED_IN, ids=" ".join)
def test_no_session_or_a_bad_one_is_401(api, route):
    """A challenge is always there (RFC 9110 §15.5.2, RFC 6750 §3)."""
    method, path = route

    for authorization in BAD_AUTHORIZATIONS:
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = api.request(method, path, headers=headers, **({"json": {}} if method == "POST" else {}))
        check_is_an_error(answer, 401)
        assert answer.headers["www-authenticate"] in ("Bearer", 'Bearer error="invalid_token"')


@pytest.mark.parametrize("route", SIGNED_IN, ids=" ".join)
def test_two_authorization_headers_are_as_bad_as_none(api, person, route):
    """Nothing is decided from ambiguous credentials."""
    method, path = route
    headers = [("Authorization", person.headers["Authorization"])] * 2

    answer = api.request(method, path, headers=headers, **({"json": {}} if method == "POST" else {}))

    check_is_an_error(answer, 401)


@pytest.mark.parametrize("where", ["query", "cookie"])
def test_a_session_token_elsewhere_is_not_seen(api, person, where):
    """Tokens travel in the Authorization header only (OAuth 2.1 §5.2)."""
    token = person.session_token

    if where == "query":
        answer = api.get("/api/users/me", params={"access_token": token})
    else:
        answer = api.get("/api/users/me", headers={"Cookie": f"doorward={token}; __Host-doorward={token}"})

    check_is_an_error(answer, 401)


@pytest.mark.parametrize("path", sorted({path for _, path in [*PEOPLE, *SIGNED_IN]}))
def test_another_method_is_405_in_json(api, person, path):
    """With Allow (RFC 9110 §15.5.6), and without an answer to a CORS preflight."""
    headers = {**person.headers, "Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}

    known = {method for method, known_path in SIGNED_IN if known_path == path}
    for method in {"PUT", "PATCH", "OPTIONS", "TRACE", "PROPFIND"} - known:
        answer = api.request(method, path, headers=headers)
        check_is_an_error(answer, 405)
        assert answer.headers["allow"]


def test_an_unknown_path_is_404_in_json_and_never_a_redirect(api, person):
    """No trailing-slash redirect (N9), no page of the framework."""
    for path in UNKNOWN_PATHS:
        check_is_an_error(api.get(path, headers=person.headers), 404, 405)


def test_the_openapi_document_names_every_route(api):
    """The document follows from the routes (architecture.md T7)."""
    document = api.get("/api/openapi.json").json()

    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    parameters = {
        "some-key": "{public_id}",
        "some-client": "{client_id}",
        "some-token": "{token_id}",
        "some-resource": "{resource_id}",
        "some-request": "{request_id}",
    }
    expected: set[tuple[str, str]] = set()
    for method, path in [*PEOPLE, *SIGNED_IN, *FOR_ADMINISTRATORS]:
        parts = [parameters.get(part, part) for part in path.split("/")]
        expected.add((method, "/".join(parts)))
    assert expected == named
    assert "422" not in json.dumps(document)


def test_allow_names_every_method_of_a_path(api):
    """RFC 9110 §10.2.1."""
    assert "GET, POST" == api.put("/api/users/mcp-keys").headers["allow"]
    assert "GET, POST" == api.put("/api/oauth/authorize").headers["allow"]
    assert "DELETE" == api.get("/api/users/mcp-keys/some-key").headers["allow"]
