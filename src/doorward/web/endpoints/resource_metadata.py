"""Protected resource metadata at the path-inserted addresses of this host (RFC 9728 §3.1)."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.oauth.policy import Policy
from doorward.oauth.protected_resource import Resource
from doorward.resource_server.metadata import metadata_path, protected_resource_metadata
from doorward.web.endpoints.documents import Document


def resource_document(policy: Policy, resource: Resource) -> dict[str, object]:
    """The document of a resource, wherever it is served."""
    return protected_resource_metadata(
        resource=resource.identifier,
        issuer=policy.issuer,
        scopes=resource.default_scope,
        name=resource.name,
        documentation=resource.documentation,
    )


class ResourceMetadata:
    """Answers for every resource whose address is on this host.

    The root document is that of `root`, unless a resource has the host itself as its address.
    """

    def __init__(
        self, policy: Policy, current: Callable[[], Sequence[Resource]], *, root: str, otherwise: ASGIApp
    ) -> None:
        self._policy, self._current, self._root, self._otherwise = policy, current, root, otherwise
        self._host = _host_of(root)
        self._made_from: Sequence[Resource] | None = None
        self._documents: dict[str, Document] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        resources = self._current()
        if resources is not self._made_from:
            self._documents = self._make(resources)
            self._made_from = resources
        await self._documents.get(scope["path"], self._otherwise)(scope, receive, send)

    def _make(self, resources: Sequence[Resource]) -> dict[str, Document]:
        documents: dict[str, Document] = {}
        for resource in resources:
            if _host_of(resource.identifier) != self._host:
                continue
            document = Document(resource_document(self._policy, resource))
            documents[metadata_path(resource.identifier)] = document
        documents.setdefault(metadata_path(self._host), documents[metadata_path(self._root)])
        return documents


def _host_of(identifier: str) -> str:
    parts = urlsplit(identifier)
    return f"{parts.scheme}://{parts.netloc}"
