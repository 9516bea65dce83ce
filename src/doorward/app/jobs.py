"""The periodic jobs of a running server."""

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import structlog

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do again and again; it blocks, so it runs on a worker thread."""

    name: str
    every: float
    """Seconds between two runs."""
    run: Callable[[], object]


async def run_jobs(jobs: tuple[Job, ...]) -> None:
    """Run every job at its own pace until cancelled; a failure is logged and the job goes on."""
    async with anyio.create_task_group() as group:
        for job in jobs:
            group.start_soon(_repeat, job)


async def _repeat(job: Job) -> None:
    while True:
        await anyio.sleep(job.every)
        try:
            await anyio.to_thread.run_sync(job.run)
        except Exception:  # the next run may succeed, and the server goes on meanwhile
            log.exception("job_failed", job=job.name)
