"""Every kind of event the audit trail knows."""

from enum import StrEnum
from typing import Self


class AuditTag(StrEnum):
    """What happened; the value is written to the trail and never changes its meaning."""

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.__doc__ = description
        return member

    CLIENT_REGISTERED = "client.registered", "A client was registered, dynamically or by an operator."
    CLIENT_UPDATED = (
        "client.updated",
        "The metadata of a stored client was changed, by itself, its owner or an operator.",
    )
    CLIENT_SECRET_ROTATED = (
        "client.secret_rotated",
        "A stored client got a new secret; the replaced one ends when `old_secret_expires_at` says.",
    )
    CLIENT_OLD_SECRET_DROPPED = "client.old_secret_dropped", "The replaced secret of a stored client was ended early."
    CLIENT_BLOCKED = (
        "client.blocked",
        "An operator blocked a client id, a host or an agent; its Authorizations were revoked.",
    )
    CLIENT_UNBLOCKED = "client.unblocked", "An operator lifted a block; what it had ended stays ended."
    CLIENT_RULE_SET = (
        "client.rule_set",
        "An operator said that a client may connect, or that an administrator is asked.",
    )
    CLIENT_RULE_REMOVED = "client.rule_removed", "An operator removed a rule about clients; the default holds again."
    CLIENT_DOCUMENT_CHANGED = (
        "client.document_changed",
        "The document of a known client is not as it was pinned; connecting goes on.",
    )
    ACCESS_REQUESTED = "access.requested", "A person asked the administrators to allow a client."
    ACCESS_APPROVED = "access.approved", "An administrator allowed what a person had asked for."
    ACCESS_REFUSED = "access.refused", "An administrator refused what a person had asked for."
    CLIENT_DELETED = (
        "client.deleted",
        "A stored client was deleted, by itself, its owner or an operator; its Authorizations were revoked.",
    )
    REGISTRATION_REFUSED = (
        "registration.refused",
        "An initial or a registration access token was missing or wrong, or registration is off.",
    )
    INITIAL_ACCESS_TOKEN_CREATED = "initial_access_token.created", "An operator made an initial access token."
    INITIAL_ACCESS_TOKEN_REVOKED = "initial_access_token.revoked", "An operator revoked an initial access token."
    CLIENT_WITHDRAWN = (
        "client.withdrawn",
        "A client's metadata document was gone for a day; the client's Authorizations were revoked.",
    )
    CLIENT_AUTHENTICATION_FAILED = "client.authentication_failed", "A client presented wrong credentials."
    AUTHORIZATION_GRANTED = "authorization.granted", "A person allowed a client; a code was issued."
    AUTHORIZATION_DENIED = "authorization.denied", "A person refused a client."
    AUTHORIZATION_REVOKED = (
        "authorization.revoked",
        "An Authorization ended: disconnected, reused token or replayed code.",
    )
    RESOURCE_CREATED = "resource.created", "A protected MCP server was registered."
    RESOURCE_UPDATED = "resource.updated", "What is said of a protected MCP server was changed."
    RESOURCE_DELETED = "resource.deleted", "A protected MCP server was deleted; its Authorizations were revoked."
    RESOURCE_WITHDRAWN = (
        "resource.withdrawn",
        "No server declared a protected MCP server for 24 hours; its Authorizations were revoked.",
    )
    RESOURCE_SERVER_ADDED = "resource.server_added", "A resource server may introspect tokens of its resource."
    RESOURCE_SERVER_REMOVED = "resource.server_removed", "A resource server may introspect no longer."
    CODE_REDEEMED = "code.redeemed", "A code was exchanged for tokens."
    CODE_REFUSED = "code.refused", "A code exchange was refused; the reason says why."
    CODE_REPLAYED = "code.replayed", "A code was presented again by its rightful holder's credentials."
    REFRESH_TOKEN_ROTATED = "refresh_token.rotated", "A refresh token was exchanged for its successor."
    REFRESH_TOKEN_REFUSED = "refresh_token.refused", "A refresh was refused; the reason says why."
    REFRESH_TOKEN_REUSED = "refresh_token.reused", "An old refresh token came back; its Authorization was revoked."
    USER_CREATED = "user.created", "An account was made."
    USER_DISABLED = "user.disabled", "An administrator disabled an account; its sessions and Authorizations ended."
    USER_ENABLED = "user.enabled", "An operator enabled a disabled account; what had ended stays ended."
    PASSWORD_SET = "user.password_set", "An operator set the password of an account; its sessions ended."
    USER_INVITED = "user.invited", "An invitation to sign up was made."
    SIGNED_IN = "user.signed_in", "A person signed in."
    SIGN_IN_FAILED = "user.sign_in_failed", "A sign-in attempt failed."
    SIGN_IN_THROTTLED = "user.sign_in_throttled", "A sign-in attempt was refused because too many had failed."
    SIGNED_OUT = "user.signed_out", "A person signed out."
    SETUP_LINK_CREATED = "setup.link_created", "A one-time link to create the first administrator was made."
    SETUP_LINK_USED = "setup.link_used", "The one-time link made the first administrator."
    FORM_REFUSED = "form.refused", "A form came from another site or another sign-in; nothing was done."
    API_KEY_CREATED = "api_key.created", "A person made an MCP API key."
    API_KEY_REVOKED = "api_key.revoked", "A person revoked an MCP API key."
    KEYS_ROTATED = "keys.rotated", "The signing keys moved on: next to active, active to retired."
    KEYS_RESET = "keys.reset", "An operator accepted a new server secret."
    DATABASE_RESTORED = "database.restored", "An operator said that the database was restored from a backup."
