"""The client authentication methods, one file each, named as on the wire."""

from doorward.oauth.client_auth.client_secret_basic import ClientSecretBasic
from doorward.oauth.client_auth.client_secret_post import ClientSecretPost
from doorward.oauth.client_auth.none import NoAuthentication
from doorward.oauth.client_auth.private_key_jwt import PrivateKeyJwt
from doorward.oauth.client_authentication import ClientAuthMethod

CLIENT_AUTH_METHODS: tuple[ClientAuthMethod, ...] = (
    NoAuthentication(),
    ClientSecretBasic(),
    ClientSecretPost(),
    PrivateKeyJwt(),
)

__all__ = ["CLIENT_AUTH_METHODS"]
