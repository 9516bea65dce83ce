"""What the metrics show of the other rooms: queues, pools and ages."""

import platform
from datetime import timedelta

import doorward
from doorward.app.installation import Installation
from doorward.outbound import SafeFetch
from doorward.resource_server.revocations import RevocationFeed
from doorward.web.context import Web


def watch(web: Web, installation: Installation, feed: RevocationFeed, out: SafeFetch) -> None:
    """Let the metrics of `web` read what is going on."""
    metrics, database = web.metrics, installation.database
    metrics.facts = {
        "version": doorward.__version__,
        "python": platform.python_version(),
        "database": database.dialect,
    }
    metrics.watch("doorward_database_load", "Units of work under way or waiting.", database.load)
    metrics.watch("doorward_hashing_running", "Password hashes under way.", lambda: web.hashing.borrowed_tokens)
    metrics.watch(
        "doorward_hashing_waiting", "Password hashes that wait.", lambda: web.hashing.statistics().tasks_waiting
    )
    metrics.watch("doorward_threads_running", "Worker threads in use.", lambda: web.workers.borrowed_tokens)
    metrics.watch("doorward_fetches_running", "Fetches from other people's servers under way.", lambda: out.in_the_air)
    metrics.watch(
        "doorward_threads_waiting", "Calls that wait for a thread.", lambda: web.workers.statistics().tasks_waiting
    )
    metrics.watch(
        "doorward_revocation_feed_age_seconds",
        "Since revocations were last read.",
        lambda: _seconds(feed.age(installation.clock.now())),
    )


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds()
