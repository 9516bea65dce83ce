"""Authorization server metadata, derived from the registries so that it cannot lie (RFC 8414)."""

from doorward.oauth import pkce
from doorward.oauth.policy import RegistrationMode
from doorward.oauth.server import Server


def authorization_server_metadata(server: Server) -> dict[str, object]:
    """The metadata document (RFC 8414 §2, RFC 9207 §3)."""
    policy = server.policy
    can_register = policy.registration is not RegistrationMode.OFF
    of_sources = {name: value for source in server.clients.sources for name, value in source.metadata.items()}
    signing_algorithms = [algorithm for method in server.client_auth_methods for algorithm in method.signing_algorithms]
    return {
        "issuer": policy.issuer,
        "authorization_endpoint": policy.authorization_endpoint,
        "token_endpoint": policy.token_endpoint,
        **({"registration_endpoint": policy.registration_endpoint} if can_register else {}),
        "introspection_endpoint": policy.introspection_endpoint,
        "introspection_endpoint_auth_methods_supported": [
            method.name for method in server.client_auth_methods if method.name != "none"
        ],
        "introspection_endpoint_auth_signing_alg_values_supported": signing_algorithms,
        "jwks_uri": policy.jwks_uri,
        "scopes_supported": list(policy.scopes_supported),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": sorted(grant.grant_type for grant in server.grants),
        "token_endpoint_auth_methods_supported": [method.name for method in server.client_auth_methods],
        "token_endpoint_auth_signing_alg_values_supported": signing_algorithms,
        "code_challenge_methods_supported": [pkce.METHOD],
        "authorization_response_iss_parameter_supported": True,
        "protected_resources": [resource.identifier for resource in policy.resources],
        **of_sources,
    }
