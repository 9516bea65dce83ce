"""One chain of migrations for both engines."""

HEAD = "0007"
"""The newest revision: what `is_current` compares with, so that nothing needs Alembic once the schema is there."""
