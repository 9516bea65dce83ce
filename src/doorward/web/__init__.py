"""The web: thin adapters of the core, the JSON API and the pages."""
