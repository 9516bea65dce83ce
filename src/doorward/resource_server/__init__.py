"""What an MCP server embeds to accept this issuer's access tokens; usable without the rest."""
