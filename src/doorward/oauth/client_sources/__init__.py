"""Where clients come from, one plug-in a source."""

from doorward.oauth.client_sources.metadata_document import MetadataDocumentClients
from doorward.oauth.client_sources.registered import RegisteredClients
from doorward.oauth.client_sources.stateless import StatelessClients

__all__ = ["MetadataDocumentClients", "RegisteredClients", "StatelessClients"]
