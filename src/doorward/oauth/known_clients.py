"""The known clients, read from the data file beside this module (interop R12)."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class KnownClients:
    """Facts about the clients that exist."""

    redirect_schemes: frozenset[str]
    """Private-use schemes of vendors that are not reverse domain names."""
    forget_and_connect: tuple[str, ...]
    """What a person does when a client uses a registration this server does not have; one sentence each."""


def _read() -> KnownClients:
    data = tomllib.loads(files("doorward.oauth").joinpath("known_clients.toml").read_text("utf-8"))
    return KnownClients(frozenset(data["redirect_schemes"]), tuple(data["forget_and_connect"]))


KNOWN_CLIENTS = _read()
