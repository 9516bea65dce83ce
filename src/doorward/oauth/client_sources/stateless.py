"""Clients described by their own signed id: nothing is stored, nothing can be forgotten (RFC 7591, App. A.5)."""

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from doorward.kit import b64
from doorward.kit.bounded_cache import BoundedCache
from doorward.kit.keyring import KEY_ID_BYTES, KeyLabel, Keyring
from doorward.kit.secrets import TokenPrefix, same
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.fetching import Fetch
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import VENDOR_SCHEMES, is_acceptable
from doorward.oauth.scope import Scope

MAX_CLIENT_ID = 1_500
_TIME_BYTES, _NONCE_BYTES, _MAC_BYTES = 5, 8, 16
_HEAD = KEY_ID_BYTES + _TIME_BYTES + _NONCE_BYTES
_MAX_PAYLOAD = 16 * 1024
# Changing the dictionary makes every client id made with it unreadable: add a new one beside it instead.
_DICTIONARY = (
    b'{"r":["http://localhost:/callback","http://127.0.0.1:/oauth/callback","https://vscode.dev/redirect",'
    b'"cursor://anysphere.cursor-mcp/oauth/callback","https://www.cursor.com/agents/mcp/oauth/callback",'
    b'"https://chatgpt.com/connector/oauth/","https://claude.ai/api/mcp/auth_callback"],"n":"Claude","u":"https://",'
    b'"g":["authorization_code","refresh_token"],"s":"mcp offline_access","a":"native"}'
)


@dataclass(frozen=True, slots=True)
class StatelessClients:
    """Makes and reads client ids that carry their metadata under a MAC."""

    keyring: Keyring
    cache: BoundedCache[str, Client]
    schemes: frozenset[str] = VENDOR_SCHEMES

    @property
    def describes_elsewhere(self) -> bool:
        """No."""
        return False

    @property
    def metadata(self) -> Mapping[str, object]:
        """Nothing: the registration endpoint says it."""
        return {}

    def recognises(self, client_id: str) -> bool:
        """Whether it has the prefix of such ids."""
        return client_id.startswith(TokenPrefix.STATELESS_CLIENT)

    def register(self, client: Client, now: datetime) -> Client:
        """Return the client with an id of its own; each call makes another id.

        Raises:
            InvalidClientMetadata: the metadata does not fit into an id of 1,500 characters.
        """
        for candidate in (client, replace(client, client_uri=None)):
            client_id = self._encode(candidate, now)
            if len(client_id) <= MAX_CLIENT_ID:
                return replace(candidate, client_id=client_id, created_at=_whole_seconds(now))
        raise InvalidClientMetadata("the client metadata is too large")

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client that the id describes, by today's rules, or None when the id is not one of ours."""
        cached = self.cache.get(client_id)
        if cached is None and (cached := self._decode(client_id)) is not None:
            self.cache.put(client_id, cached)
        return cached

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """Nothing: the id says it all."""
        return ()

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Always: such ids last for ever."""
        return True

    def is_live(self, stores: OAuthStores, client: Client, user_id: str) -> bool:
        """Always."""
        return True

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """Remember nothing."""

    def without_look_ups(self) -> "StatelessClients":
        """The same: it looks nothing up."""
        return self

    def _encode(self, client: Client, now: datetime) -> str:
        payload = {
            "r": client.redirect_uris,
            "n": client.client_name,
            "u": client.client_uri,
            "g": client.grant_types,
            "s": str(client.scope) if client.scope is not None else None,
            "a": client.application_type,
        }
        text = json.dumps(
            {k: v for k, v in payload.items() if v is not None}, separators=(",", ":"), ensure_ascii=False
        )
        compressor = zlib.compressobj(9, wbits=-15, zdict=_DICTIONARY)
        packed = compressor.compress(text.encode()) + compressor.flush()
        key = self.keyring.newest(KeyLabel.CLIENT_ID)
        time = int(now.timestamp()).to_bytes(_TIME_BYTES, "big")
        body = key.id + time + secrets.token_bytes(_NONCE_BYTES) + packed
        return TokenPrefix.STATELESS_CLIENT + b64.encode(body + key.mac(body)[:_MAC_BYTES])

    def _decode(self, client_id: str) -> Client | None:
        if len(client_id) > MAX_CLIENT_ID:
            return None
        raw = b64.decode(client_id.removeprefix(TokenPrefix.STATELESS_CLIENT))
        if raw is None or len(raw) <= _HEAD + _MAC_BYTES:
            return None
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        key = self.keyring.find(KeyLabel.CLIENT_ID, body[:KEY_ID_BYTES])
        if key is None or not same(key.mac(body)[:_MAC_BYTES], mac):
            return None
        created_at = datetime.fromtimestamp(int.from_bytes(body[KEY_ID_BYTES:][:_TIME_BYTES], "big"), UTC)
        text = zlib.decompressobj(wbits=-15, zdict=_DICTIONARY).decompress(body[_HEAD:], _MAX_PAYLOAD)
        payload = json.loads(text)
        return Client(
            client_id=client_id,
            origin=ClientOrigin.STATELESS,
            redirect_uris=tuple(uri for uri in payload["r"] if is_acceptable(uri, self.schemes)),
            client_name=payload.get("n"),
            client_uri=payload.get("u"),
            grant_types=tuple(payload["g"]),
            scope=Scope.parse(payload["s"]) if "s" in payload else None,
            application_type=payload.get("a"),
            created_at=created_at,
        )


def _whole_seconds(now: datetime) -> datetime:
    return now.replace(microsecond=0)
