"""`doorward db upgrade`."""

from doorward.cli.command import Command
from doorward.cli.opening import read_settings
from doorward.cli.output import say


def upgrade() -> None:
    """Make the database, or bring it to the newest form; every other command does so too."""
    settings = read_settings()
    from doorward.server_secret import make_data_dir
    from doorward.storage import open_database

    make_data_dir(settings.data_dir)
    database = open_database(settings.effective_database_url.get_secret_value())
    try:
        if database.is_current():
            say("The database is up to date.")
            return
        database.upgrade()
    finally:
        database.close()
    say("Upgraded the database.")


COMMAND = Command(("db", "upgrade"), upgrade)
