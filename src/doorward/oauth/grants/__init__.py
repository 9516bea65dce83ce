"""The grant types, one file each."""

from doorward.oauth.grant import AnyGrant
from doorward.oauth.grants.authorization_code import AuthorizationCodeGrant
from doorward.oauth.grants.refresh_token import RefreshTokenGrant

GRANTS: tuple[AnyGrant, ...] = (AuthorizationCodeGrant(), RefreshTokenGrant())

__all__ = ["GRANTS"]
