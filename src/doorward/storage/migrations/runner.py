"""Runs the chain of migrations on one connection, inside the transaction its caller opened."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from doorward.storage.errors import SchemaTooNew
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

    Raises:
        SchemaTooNew: the database is at a revision this version does not know.
    """
    chain = scripts()
    current = MigrationContext.configure(connection).get_current_heads()
    if any(revision not in {script.revision for script in chain.walk_revisions()} for revision in current):
        raise SchemaTooNew("the database was upgraded by a newer Doorward; run that one, or restore a backup")

    def steps(revision: str, _context: object) -> list[RevisionStep]:
        return chain._upgrade_revs(HEAD, revision)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]

    context = EnvironmentContext(Config(), chain, fn=steps, destination_rev=HEAD)
    with context:
        context.configure(connection=connection, version_table_pk=True, transactional_ddl=True)
        context.run_migrations()
