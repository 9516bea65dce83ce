"""Requests to addresses that strangers name: the only room that asks other people's servers (ASVS 1.3.6)."""

from doorward.outbound.answer import Answer, FetchFailed, NotAsked
from doorward.outbound.deferred import DeferredConnector
from doorward.outbound.safe_fetch import SafeFetch

__all__ = ["Answer", "DeferredConnector", "FetchFailed", "NotAsked", "SafeFetch"]
