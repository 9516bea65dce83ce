"""Thin HTTP adapters of the protocol core: plain ASGI, JSON only, never a redirect or a page."""
