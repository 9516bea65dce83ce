"""A Client ID Metadata Document, read by today's rules (draft-ietf-oauth-client-id-metadata-document-00 §4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from doorward.jose.client_keys import NoUsableKey, UnusableKeySet, read_published_keys, to_text
from doorward.kit.fetch_target import read_fetch_target
from doorward.kit.strict_json import MalformedJson, read_object
from doorward.oauth.client_authentication import ClientAuthMethod
from doorward.oauth.client_keys import NO_KEYS, ClientKeys
from doorward.oauth.client_metadata import (
    acceptable_client_uri,
    accepted_redirect_uris,
    clean_name,
    read_strings,
    read_text,
)
from doorward.oauth.copies import Unreadable
from doorward.oauth.errors import OAuthError
from doorward.oauth.grant import AnyGrant
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import VENDOR_SCHEMES

_NEVER_REGISTERED = datetime(1970, 1, 1, tzinfo=UTC)
_SHARED_SECRETS = "client_secret_"
_SECRET_MEMBERS = ("client_secret", "client_secret_expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDocumentReader:
    """Makes a client of a document; what the document cannot decide is the server's policy."""

    methods: Sequence[ClientAuthMethod]
    grants: Iterable[AnyGrant]
    allow_loopback: bool = False
    schemes: frozenset[str] = VENDOR_SCHEMES

    def read(self, url: str, body: bytes) -> Client:
        """The client that the document at `url` describes; unknown members, grants and its scope are ignored.

        Raises:
            Unreadable: it is no such document, or describes a client that cannot be served.
        """
        try:
            document = read_object(body)
            return self._client(url, document)
        except MalformedJson:
            raise Unreadable("not_one_json_object") from None
        except OAuthError as error:
            raise Unreadable(error.error) from None

    def _client(self, url: str, document: Mapping[str, object]) -> Client:
        if document.get("client_id") != url:
            raise Unreadable("another_client_id")
        name = clean_name(read_text(document, "client_name") or "")
        if name is None:
            raise Unreadable("no_client_name")
        keys = self._keys(document)
        method = self._auth_method(document, keys)
        return Client(
            client_id=url,
            origin=ClientOrigin.DOCUMENT,
            redirect_uris=accepted_redirect_uris(document, self.schemes),
            created_at=_NEVER_REGISTERED,
            client_name=name,
            client_uri=acceptable_client_uri(read_text(document, "client_uri")),
            token_endpoint_auth_method=method.name,
            jwks=keys.jwks if method.signing_algorithms else None,
            jwks_uri=keys.jwks_uri if method.signing_algorithms else None,
            grant_types=tuple(grant.grant_type for grant in self.grants if grant.self_assignable),
            application_type=read_text(document, "application_type"),
        )

    def _auth_method(self, document: Mapping[str, object], keys: ClientKeys) -> ClientAuthMethod:
        """The method that the document prefers, or else the strongest that it shares with the server.

        Nothing tells the client what was chosen, so its preference is what it will use; and no other method is
        accepted (OpenID Connect RP Metadata Choices 1.0 §4). A secret that both sides know cannot be in a public
        document (draft-ietf-oauth-client-id-metadata-document-00 §4.1).
        """
        stated = read_text(document, "token_endpoint_auth_method")
        offered = read_strings(document, "token_endpoint_auth_methods_supported") or (stated or "none",)
        if (stated or "").startswith(_SHARED_SECRETS) or any(name in document for name in _SECRET_MEMBERS):
            raise Unreadable("shared_secret")
        shared = [method for method in self.methods if not method.has_secret and method.name in offered]
        usable = [method for method in shared if keys != NO_KEYS or not method.signing_algorithms]
        for method in sorted(usable, key=lambda method: (method.name != stated, not method.signing_algorithms)):
            return method
        raise Unreadable("no_shared_auth_method")

    def _keys(self, document: Mapping[str, object]) -> ClientKeys:
        jwks, jwks_uri = document.get("jwks"), read_text(document, "jwks_uri")
        if jwks is None:
            may_be_fetched = read_fetch_target(jwks_uri or "", allow_loopback=self.allow_loopback) is not None
            return ClientKeys(jwks_uri=jwks_uri) if may_be_fetched else NO_KEYS
        if jwks_uri is not None:  # RFC 7591 §2
            raise Unreadable("keys_twice")
        try:
            return ClientKeys(jwks=to_text(read_published_keys(jwks)))
        except NoUsableKey:
            return NO_KEYS
        except UnusableKeySet:
            raise Unreadable("keys_malformed") from None
