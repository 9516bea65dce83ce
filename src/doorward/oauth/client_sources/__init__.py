"""Where clients come from, one plug-in a source."""

from doorward.oauth.client_sources.registered import RegisteredClients
from doorward.oauth.client_sources.stateless import StatelessClients

__all__ = ["RegisteredClients", "StatelessClients"]
