"""The signed word about who is asking."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from doorward.gateway.identity import LIFETIME, REUSED_FOR, TYP, IdentityAssertions
from doorward.jose import jwt
from doorward.jose.jwk import generate_key
from doorward.jose.jwks import PublicKeys
from doorward.resource_server.ports import VerifiedToken
from tests.builders import NOW

UPSTREAM = "http://127.0.0.1:9000/mcp"
TOKEN = VerifiedToken(
    subject="user-1",
    client_id="client-1",
    scope=("mcp", "read"),
    audience="https://mcp.example/http",
    public_id="authorization-1",
    expires_at=NOW + timedelta(hours=1),
)


class Notary:
    """An issuer that counts what it signs."""

    def __init__(self) -> None:
        self.key, self.signed = generate_key(), 0
        self.assertions = IdentityAssertions(issuer="https://mcp.example", audience=UPSTREAM, sign=self.sign)

    def sign(self, claims, *, typ: str) -> str:
        self.signed += 1
        return jwt.sign(self.key, claims, typ=typ)

    def read(self, token: VerifiedToken, now: datetime = NOW) -> dict[str, object]:
        return jwt.verify(self.assertions.about(token, now).decode(), PublicKeys([self.key.public]), typ=TYP)


def test_it_says_who_asks_through_which_client_with_which_rights_and_to_whom():
    claims = Notary().read(TOKEN)
    jti = claims.pop("jti")

    assert {
        "iss": "https://mcp.example",
        "aud": UPSTREAM,
        "sub": "user-1",
        "client_id": "client-1",
        "scope": "mcp read",
        "gid": "authorization-1",
        "iat": int(NOW.timestamp()),
        "exp": int((NOW + LIFETIME).timestamp()),
    } == claims
    assert isinstance(jti, str)
    assert LIFETIME <= timedelta(seconds=60)


def test_an_api_key_has_no_client():
    assert "client_id" not in Notary().read(replace(TOKEN, client_id=None, expires_at=None))


def test_it_is_signed_once_for_a_while_and_has_most_of_its_time_left_even_then():
    notary = Notary()
    jtis = {str(notary.read(TOKEN, NOW + timedelta(seconds=second))["jti"]) for second in range(20)}

    assert (1, 1) == (notary.signed, len(jtis))
    later = notary.read(TOKEN, NOW + REUSED_FOR)
    assert 2 == notary.signed
    assert str(later["jti"]) not in jtis
    assert LIFETIME - REUSED_FOR >= timedelta(seconds=30)


def test_nobody_is_taken_for_somebody_else():
    notary = Notary()
    others = [
        replace(TOKEN, subject="user-2"),
        replace(TOKEN, client_id="client-2"),
        replace(TOKEN, scope=("mcp",)),
        replace(TOKEN, public_id="authorization-2"),
    ]
    claims = [notary.read(token) for token in (TOKEN, *others)]

    assert len(claims) == len({(c["sub"], c["client_id"], c["scope"], c["gid"]) for c in claims})


def test_its_two_times_are_never_more_than_a_minute_apart():
    claims = Notary().read(TOKEN, NOW.replace(microsecond=900_000))

    assert 60 == int(str(claims["exp"])) - int(str(claims["iat"]))


def test_it_does_not_outlive_the_token():
    claims = Notary().read(replace(TOKEN, expires_at=NOW + timedelta(seconds=7)))

    assert NOW + timedelta(seconds=7) == datetime.fromtimestamp(int(str(claims["exp"])), UTC)
