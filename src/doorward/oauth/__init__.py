"""The protocol core: OAuth 2.1 as synchronous, deterministic functions without framework, SQL, settings or clock."""
