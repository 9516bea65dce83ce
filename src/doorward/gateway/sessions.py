"""MCP session ids that open only for the Authorization they were made for (interop R28).

The client gets the upstream's id with a code behind it that this server can recompute: nothing is stored, any process
and any later start knows it again, and a refresh changes nothing, as the Authorization stays the same.
"""

from doorward.gateway.refusals import Refused
from doorward.kit import b64
from doorward.kit.keyring import KEY_ID_BYTES, DerivedKey, KeyLabel, Keyring
from doorward.kit.secrets import same

MAX_LENGTH = 1024
_MAC_BYTES = 16


class BoundSessions:
    """Binds session ids to Authorizations, for one upstream."""

    def __init__(self, keyring: Keyring, *, audience: str) -> None:
        self._keyring, self._audience = keyring, audience.encode()

    def bind(self, session: bytes, public_id: str) -> bytes:
        """The id for the client."""
        key = self._keyring.newest(KeyLabel.MCP_SESSION)
        return session + b"." + b64.encode(key.id + self._mac(key, session, public_id)).encode("ascii")

    def open(self, bound: bytes, public_id: str) -> bytes:
        """The upstream's own id.

        Raises:
            Refused: it was made for another Authorization, or not here. 404 makes a client start a new session
                (MCP streamable HTTP, session management).
        """
        session, _, code = bound.rpartition(b".")
        proof = b64.decode(code.decode("latin-1")) if len(bound) <= MAX_LENGTH else None
        key = self._keyring.find(KeyLabel.MCP_SESSION, proof[:KEY_ID_BYTES]) if proof else None
        if proof is None or key is None or not same(proof[KEY_ID_BYTES:], self._mac(key, session, public_id)):
            raise Refused(404, "not_found", "there is no such session, start a new one", reason="foreign_session")
        return session

    def _mac(self, key: DerivedKey, session: bytes, public_id: str) -> bytes:
        return key.mac(self._audience, public_id.encode(), session)[:_MAC_BYTES]
