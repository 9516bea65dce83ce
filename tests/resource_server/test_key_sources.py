"""A resource server elsewhere needs the issuer's JWK Set and nothing else of Doorward."""

import subprocess
import sys

import pytest

from doorward.jose.jwks import PublicKeys
from doorward.resource_server.key_sources import JwkSetKeys
from doorward.resource_server.verifier import TokenVerifier
from tests.builders import NOW
from tests.resource_server.sources import ISSUER, RESOURCE, World


def test_a_verifier_works_from_a_published_jwk_set():
    """RFC 7517 §5: fetched when a token of an unknown key comes."""
    world = World()
    document = world.keys.public_keys.as_document()
    verifier = TokenVerifier(issuer=ISSUER, resource=RESOURCE, keys=JwkSetKeys(lambda: document))

    assert "user-1" == verifier.verify(world.token(), NOW).subject


def test_a_bad_document_changes_nothing():
    """An error page in place of the set must not lock everybody out."""
    world = World()
    documents: list[object] = [world.keys.public_keys.as_document(), "<html>"]
    keys = JwkSetKeys(lambda: documents.pop(0))
    keys.reload(NOW)
    with pytest.raises(ValueError, match="JWK Set"):
        keys.reload(NOW)

    assert isinstance(keys.public_keys, PublicKeys)
    assert [world.keys.signing.kid] == list(keys.public_keys)


def test_the_package_stands_alone():
    """It brings neither the server, its database, nor a web framework with it."""
    program = (
        "import sys, doorward.resource_server.bearer_auth, doorward.resource_server.metadata,"
        " doorward.resource_server.key_sources;"
        " print([name for name in sys.modules if name.split('.')[0] in"
        " ('fastapi', 'starlette', 'sqlalchemy', 'pydantic', 'mcp', 'jinja2')"
        " or name.startswith(('doorward.oauth', 'doorward.identity', 'doorward.storage', 'doorward.operations',"
        " 'doorward.web', 'doorward.settings'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
