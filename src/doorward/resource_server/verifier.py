"""The verdict on a bearer token: an access token of this issuer for this resource, or an API key."""

import threading
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from doorward.jose import jwt
from doorward.jose.compact import MAX_TOKEN_LENGTH
from doorward.jose.errors import UnknownKey
from doorward.kit.secrets import TokenPrefix
from doorward.resource_server.access_token import TYP, check_claims
from doorward.resource_server.errors import InvalidToken, Unavailable
from doorward.resource_server.ports import ApiKeySource, KeySource, OpaqueTokenSource, VerifiedToken
from doorward.resource_server.revocations import RevocationFeed
from doorward.resource_server.token_cache import Known, TokenCache

KEY_RELOAD_INTERVAL = timedelta(seconds=1)
"""Tokens of unknown keys make the keys be read again at most this often, however many strangers send."""

log = structlog.stdlib.get_logger(__name__)


class TokenVerifier:
    """Verifies bearer tokens for one resource; safe to use from several threads.

    `recall` answers from memory; what it cannot answer `verify` looks up, which blocks.
    """

    def __init__(
        self,
        *,
        issuer: str,
        resource: str,
        keys: KeySource,
        revocations: RevocationFeed | None = None,
        api_keys: ApiKeySource | None = None,
        opaque_tokens: OpaqueTokenSource | None = None,
        algorithms: Collection[str] = ("ES256",),
        max_cached_tokens: int = 10_000,
    ) -> None:
        self._issuer = issuer
        self._resource = resource
        self._keys = keys
        self._revocations = revocations
        self._api_keys = api_keys
        self._opaque_tokens = opaque_tokens
        self._algorithms = frozenset(algorithms)
        self._cache = TokenCache(limit=max_cached_tokens)
        self._cached_by = keys.public_keys
        self._reload_lock = threading.Lock()
        self._reloaded_at: datetime | None = None

    def recall(self, token: str, now: datetime) -> VerifiedToken | None:
        """Return what the token says; None when that takes a look-up. Never blocks.

        Raises:
            InvalidToken: it is not accepted.
        """
        known = self._find(token, now)
        if known is None:
            if token.startswith(TokenPrefix.API_KEY):
                return None
            try:
                known = self._read(token, now)
            except UnknownKey:
                if self._has_just_reloaded(now):
                    raise
                return None
        match self._revocation_verdict(known, now):
            case True:
                raise InvalidToken("revoked")
            case False:
                return known.verified
            case None:
                return None

    def verify(self, token: str, now: datetime) -> VerifiedToken:
        """Return what the token says, looking up what it takes; blocks.

        Raises:
            InvalidToken: it is not accepted.
            Unavailable: what would tell cannot be reached.
        """
        known = self._find(token, now)
        if known is None:
            is_api_key = token.startswith(TokenPrefix.API_KEY)
            known = self._look_up(token, now) if is_api_key else self._read_with_new_keys(token, now)
        revoked = self._revocation_verdict(known, now)
        if revoked is None and self._revocations is not None:
            revoked = self._revocations.ask(known.verified.public_id, now)
        if revoked:
            raise InvalidToken("revoked")
        return known.verified

    def _find(self, token: str, now: datetime) -> Known | None:
        if len(token) > MAX_TOKEN_LENGTH:
            raise InvalidToken("too_long")
        if (keys := self._keys.public_keys) is not self._cached_by:  # a token is as good as its key
            self._cache.clear()
            self._cached_by = keys
        known = self._cache.find(token, now)
        if known is not None and known.verified.expires_at is not None and known.verified.expires_at <= now:
            self._cache.forget(token)
            raise InvalidToken("expired")
        return known

    def _read(self, token: str, now: datetime) -> Known:
        if self._opaque_tokens is not None and token.startswith(TokenPrefix.ACCESS_TOKEN):
            claims = self._opaque_tokens.read(token)
            if claims is None:
                raise InvalidToken("sealed")
        else:
            claims = jwt.verify(token, self._keys.public_keys, typ=TYP, algorithms=self._algorithms)
        access_token = check_claims(claims, issuer=self._issuer, resource=self._resource, now=now)
        known = Known(access_token.verified, access_token.issued_at)
        self._cache.keep(token, known)
        return known

    def _read_with_new_keys(self, token: str, now: datetime) -> Known:
        try:
            return self._read(token, now)
        except UnknownKey:
            with self._reload_lock:  # whoever waited here finds the keys another request has read
                if not self._has_just_reloaded(now):
                    self._reload(now)
            return self._read(token, now)

    def _reload(self, now: datetime) -> None:
        try:
            self._keys.reload(now)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises
            log.warning("key_reload_failed", error=type(error).__name__)
            raise Unavailable from None
        self._reloaded_at = now

    def _has_just_reloaded(self, now: datetime) -> bool:
        return self._reloaded_at is not None and abs(now - self._reloaded_at) < KEY_RELOAD_INTERVAL

    def _look_up(self, key: str, now: datetime) -> Known:
        if self._api_keys is None:
            raise InvalidToken("api_key")
        try:
            verified = self._api_keys.find(key, now)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises
            log.warning("api_key_lookup_failed", error=type(error).__name__)
            raise Unavailable from None
        if verified is None:
            raise InvalidToken("api_key")
        if verified.audience != self._resource:
            raise InvalidToken("audience")
        if verified.expires_at is not None and verified.expires_at <= now:
            raise InvalidToken("expired")
        known = Known(verified, now, is_api_key=True)
        self._cache.keep(key, known)
        return known

    def _revocation_verdict(self, known: Known, now: datetime) -> bool | None:
        if self._revocations is None:
            return False
        return self._revocations.verdict(known.verified.public_id, issued_at=known.issued_at, now=now)
