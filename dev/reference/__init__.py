"""The reference pages, derived from the code so that they cannot lie."""

from dev.reference.audit import audit_page
from dev.reference.cli import cli_page
from dev.reference.errors import errors_page
from dev.reference.http import http_page
from dev.reference.known_clients import known_clients_page
from dev.reference.settings import settings_page

PAGES = {
    "settings.md": settings_page,
    "cli.md": cli_page,
    "http.md": http_page,
    "audit.md": audit_page,
    "errors.md": errors_page,
    "known-clients.md": known_clients_page,
}
"""File name within docs/reference, and what writes it."""

__all__ = ["PAGES"]
