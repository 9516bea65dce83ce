"""Signatures: the server's signing keys, the JWK Set and JSON Web Tokens."""
