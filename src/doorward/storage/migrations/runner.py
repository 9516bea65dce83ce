"""Runs the chain of migrations on one connection, inside the transaction its caller opened."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from doorward.storage.migrations import HEAD


def scripts() -> ScriptDirectory:
    """Return the chain as Alembic sees it."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection) -> None:
    """Run what is missing up to HEAD.

    On PostgreSQL the caller has set the search path, so that unqualified names mean the schema `mcp`.
    """
    chain = scripts()
    context = EnvironmentContext(
        Config(),
        chain,
        fn=lambda revision, _: chain._upgrade_revs(HEAD, revision),  # pyright: ignore[reportPrivateUsage, reportArgumentType]
        destination_rev=HEAD,
    )
    with context:
        context.configure(connection=connection, version_table_pk=True, transactional_ddl=True)
        context.run_migrations()
