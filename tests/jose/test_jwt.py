"""Tokens verify by our allow-lists and never by what they say about themselves."""

import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry

from doorward.jose import jwt
from doorward.jose.compact import MAX_TOKEN_LENGTH
from doorward.jose.errors import InvalidToken, UnknownKey
from doorward.jose.jwk import PrivateKey, generate_key
from doorward.jose.jwks import PublicKeys
from doorward.kit import b64

TYP = "at+jwt"
KEY = generate_key()
KEYS = PublicKeys([KEY.public])


def a_token(*, header: object = None, payload: object = None, key: PrivateKey = KEY, without: str = "") -> str:
    """A token signed by `key` over exactly that header and payload."""
    members = {"alg": "ES256", "typ": TYP, "kid": KEY.kid, **(header if isinstance(header, dict) else {})}
    members.pop(without, None)
    return sign_raw(json.dumps(members), json.dumps({"sub": "someone"} if payload is None else payload), key)


def sign_raw(header: str | bytes, payload: str | bytes, key: PrivateKey = KEY) -> str:
    """A token signed over these very bytes."""
    parts = [b64.encode(part.encode() if isinstance(part, str) else part) for part in (header, payload)]
    signing_input = ".".join(parts)
    signature = JWSRegistry(algorithms=[key.algorithm]).get_alg(key.algorithm).sign(signing_input.encode(), key.key)
    return f"{signing_input}.{b64.encode(signature)}"


def reason_of(token: str) -> str:
    """Why the token is refused."""
    with pytest.raises(InvalidToken) as refused:
        jwt.verify(token, KEYS, typ=TYP)
    return refused.value.reason


def test_a_signed_token_verifies_and_gives_its_claims():
    """RFC 7515 §5.2: what was signed comes back."""
    token = jwt.sign(KEY, {"sub": "someone", "n": 1}, typ=TYP)

    assert {"sub": "someone", "n": 1} == jwt.verify(token, KEYS, typ=TYP)


@pytest.mark.parametrize("typ", ["at+jwt", "application/at+jwt", "AT+JWT", "Application/At+Jwt"])
def test_the_type_of_an_access_token_may_be_spelt_as_a_media_type(typ: str):
    """RFC 9068 §4: `at+jwt` or `application/at+jwt`."""
    assert {"sub": "someone"} == jwt.verify(a_token(header={"typ": typ}), KEYS, typ=TYP)


@pytest.mark.parametrize(
    "typ", ["JWT", "dpop+jwt", "logout+jwt", "", "at+jwt ", "application/application/at+jwt", 5, None, ["at+jwt"]]
)
def test_a_token_of_another_type_is_refused(typ: object):
    """RFC 8725 §3.11: no kind of token passes for another (S07)."""
    assert "type" == reason_of(a_token(header={"typ": typ}))


def test_a_token_without_a_type_is_refused():
    """RFC 9068 §4 makes `typ` a condition."""
    assert "type" == reason_of(a_token(without="typ"))


@pytest.mark.parametrize(
    "alg",
    [
        "none",
        "None",
        "nOnE",
        "HS256",
        "HS512",
        "RS256",
        "PS256",
        "ES384",
        "ES256K",
        "EdDSA",
        "es256",
        "",
        256,
        None,
        ["ES256"],
        {"a": 1},
    ],
)
def test_any_other_algorithm_is_refused(alg: object):
    """RFC 8725 §3.1, §3.2: an allow-list, whatever the header says."""
    assert "algorithm" == reason_of(a_token(header={"alg": alg}))


def test_a_token_without_an_algorithm_is_refused():
    """RFC 7515 §4.1.1: `alg` must be present."""
    assert "algorithm" == reason_of(a_token(without="alg"))


def test_an_unsigned_token_is_refused():
    """RFC 8725 §3.1: `none` never counts as signed."""
    header = b64.encode(json.dumps({"alg": "none", "typ": TYP, "kid": KEY.kid}).encode())
    payload = b64.encode(b'{"sub":"someone"}')

    assert "algorithm" == reason_of(f"{header}.{payload}.")


def test_the_public_key_as_an_hmac_secret_gains_nothing():
    """RFC 8725 §2.1: the key confusion attack."""
    secret = OctKey.import_key(json.dumps(KEY.public.jwk))
    header = b64.encode(json.dumps({"alg": "HS256", "typ": TYP, "kid": KEY.kid}).encode())
    signing_input = f"{header}.{b64.encode(b'{}')}"
    signature = hmac.digest(secret.get_op_key("sign"), signing_input.encode(), "sha256")

    assert "algorithm" == reason_of(f"{signing_input}.{b64.encode(signature)}")


def test_a_header_cannot_choose_another_algorithm_than_its_keys():
    """RFC 8725 §3.1: each key serves one algorithm."""
    rsa = PrivateKey(KEY.kid, "RS256", RSAKey.generate_key(2048))
    token = a_token(header={"alg": "RS256"}, key=rsa)

    with pytest.raises(InvalidToken, match="signature"):
        jwt.verify(token, KEYS, typ=TYP, algorithms=("ES256", "RS256"))


def test_an_rs256_token_verifies_where_rs256_is_allowed():
    """RFC 7518 §3.3: for issuers that sign with RSA."""
    rsa = RSAKey.generate_key(2048)
    key = PrivateKey(rsa.thumbprint(), "RS256", rsa)
    keys = PublicKeys([key.public])

    assert {"n": 1} == jwt.verify(jwt.sign(key, {"n": 1}, typ=TYP), keys, typ=TYP, algorithms=("RS256",))
    with pytest.raises(InvalidToken, match="algorithm"):
        jwt.verify(jwt.sign(key, {"n": 1}, typ=TYP), keys, typ=TYP)


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t"])
def test_a_key_embedded_in_the_header_is_not_looked_at(name: str):
    """RFC 8725 §3.10: a token signed by its own key is signed by nobody."""
    stranger = generate_key()
    value = {"jwk": stranger.public.jwk, "x5c": ["MIIB"]}.get(name, "https://attacker.example/keys")

    assert "signature" == reason_of(a_token(header={name: value}, key=stranger))
    assert {"sub": "someone"} == jwt.verify(a_token(header={name: value}), KEYS, typ=TYP)


@pytest.mark.parametrize("kid", [None, "", 5, ["a"], {"kid": KEY.kid}, True])
def test_a_token_that_names_no_key_is_refused(kid: object):
    """RFC 7515 §4.1.4: the key is found by `kid` and never tried out."""
    assert "key_missing" == reason_of(a_token(header={"kid": kid}))


def test_a_token_without_a_key_id_is_refused():
    """Even when there is only one key it could be."""
    assert "key_missing" == reason_of(a_token(without="kid"))


@pytest.mark.parametrize("kid", ["unknown", "../../etc/passwd", "' OR 1=1 --"])
def test_an_unknown_key_is_told_apart(kid: str):
    """So that newer keys can be asked for."""
    with pytest.raises(UnknownKey):
        jwt.verify(a_token(header={"kid": kid}), KEYS, typ=TYP)


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"crit": []}, {"crit": None}, {"crit": ["b64"], "b64": False}, {"b64": False}]
)
def test_a_critical_extension_is_refused(header: dict[str, object]):
    """RFC 7515 §4.1.11: what is not understood must be refused; RFC 7797 is not understood."""
    assert "critical_extension" == reason_of(a_token(header=header))


def test_a_token_above_8_kib_is_refused_unread():
    """ASVS 1.5: sizes are bounded before any parsing."""
    assert "too_long" == reason_of(a_token(payload={"pad": "x" * MAX_TOKEN_LENGTH}))


@pytest.mark.parametrize(
    "header",
    [
        f'{{"alg":"ES256","alg":"ES256","typ":"{TYP}","kid":"{KEY.kid}"}}',
        f'{{"alg":"none","typ":"{TYP}","kid":"{KEY.kid}","alg":"ES256"}}',
        f'{{"alg":"ES256","typ":"{TYP}","kid":"{KEY.kid}","x":{{"a":1,"a":2}}}}',
    ],
    ids=["same", "other", "nested"],
)
def test_a_repeated_header_member_is_refused(header: str):
    """RFC 7515 §4: header parameter names must be unique."""
    assert "malformed" == reason_of(sign_raw(header, "{}"))


def test_a_repeated_claim_is_refused():
    """RFC 7519 §4: claim names must be unique."""
    header = json.dumps({"alg": "ES256", "typ": TYP, "kid": KEY.kid})

    assert "malformed" == reason_of(sign_raw(header, '{"sub":"a","sub":"b"}'))


@pytest.mark.parametrize(
    "payload",
    [
        "[]",
        '"text"',
        "null",
        "5",
        "",
        "{",
        "{}{}",
        '{"a":NaN}',
        '{"a":Infinity}',
        "[" * 4000,
        '{"n":' + "9" * 5000 + "}",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
    ],
)
def test_a_payload_that_is_not_one_json_object_in_utf_8_is_refused(payload: str | bytes):
    """RFC 7519 §7.2: the message is a JSON object; a deep or monstrous one is refused, not an error."""
    header = json.dumps({"alg": "ES256", "typ": TYP, "kid": KEY.kid})

    assert "malformed" == reason_of(sign_raw(header, payload))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t + "=",
        lambda t: t + "==",
        lambda t: t.replace(".", "=.", 1),
        lambda t: t + " ",
        lambda t: "\n" + t,
        lambda t: t[:10] + "\n" + t[10:],
        lambda t: t.replace(".", "..", 1),
        lambda t: t + ".",
        lambda t: t.rsplit(".", 1)[0],
        lambda t: "." + t,
        lambda t: t.encode().decode("utf-16-le", "replace"),
        lambda t: "é" + t,
        lambda t: "\ud800" + t,
        lambda _: "",
        lambda _: "..",
        lambda _: ".",
    ],
)
def test_another_spelling_of_a_token_is_refused(spoil):
    """RFC 7515 §2: base64url without padding, whitespace or stray bits; each token has one spelling."""
    assert "malformed" == reason_of(spoil(a_token()))


def test_stray_bits_after_the_signature_are_refused():
    """64 bytes leave four bits of the last character: only one of its sixteen values is canonical."""
    token = a_token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    siblings = [token[:-1] + letter for i, letter in enumerate(alphabet) if i // 16 == last // 16 and i != last]

    assert 15 == len(siblings)
    assert {"malformed"} == {reason_of(sibling) for sibling in siblings}


@pytest.mark.parametrize("length", [0, 1, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(length: int):
    """RFC 7518 §3.4: an ES256 signature is 64 octets."""
    head, _, _ = a_token().rpartition(".")

    assert "signature" == reason_of(f"{head}.{b64.encode(b'x' * length)}")


def test_a_zero_signature_is_refused():
    """The signature (0, 0) verified every message in one well-known implementation."""
    head, _, _ = a_token().rpartition(".")

    assert "signature" == reason_of(f"{head}.{b64.encode(bytes(64))}")


@given(st.data())
def test_a_changed_character_never_verifies(data: st.DataObject):
    """RFC 7515 §5.2: every byte of header, payload and signature is covered."""
    token = jwt.sign(KEY, {"sub": "someone"}, typ=TYP)
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.characters().filter(lambda c: c != token[place]))

    with pytest.raises(InvalidToken):
        jwt.verify(token[:place] + letter + token[place + 1 :], KEYS, typ=TYP)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
HEADERS = st.dictionaries(
    st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "b64", "cty"]), JSON | st.sampled_from(["ES256", TYP, KEY.kid])
)


@given(st.text() | st.text(alphabet="eyJ._-=AZaz09{}\n", max_size=80))
def test_no_text_makes_the_parser_raise_anything_else(text: str):
    """A stranger's bytes are refused, never an error."""
    with pytest.raises(InvalidToken):
        jwt.verify(text, KEYS, typ=TYP)


@given(HEADERS, JSON)
def test_no_header_and_payload_make_it_raise_anything_else(header: dict[str, object], payload: object):
    """Not even when they are rightly signed."""
    token = sign_raw(json.dumps(header), json.dumps(payload))
    try:
        claims = jwt.verify(token, KEYS, typ=TYP)
    except InvalidToken:
        return

    assert ("ES256", KEY.kid) == (header["alg"], header["kid"])
    assert payload == claims


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=70))
def test_no_bytes_make_it_raise_anything_else(header: bytes, payload: bytes, signature: bytes):
    """Canonical base64 of anything at all."""
    with pytest.raises(InvalidToken):
        jwt.verify(".".join(map(b64.encode, (header, payload, signature))), KEYS, typ=TYP)
