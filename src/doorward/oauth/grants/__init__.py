"""The grant types, one file each."""

from doorward.oauth.grant import Grant
from doorward.oauth.grants.authorization_code import AuthorizationCodeGrant
from doorward.oauth.grants.refresh_token import RefreshTokenGrant

GRANTS: tuple[Grant, ...] = (AuthorizationCodeGrant(), RefreshTokenGrant())

__all__ = ["GRANTS"]
