"""A client's own program, which prints lines, reads lines, and is ended with the block that started it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

LINE_SECONDS = 30
END_SECONDS = 5
_LONGEST_LINE = 4 * 1024 * 1024


@dataclass
class Program:
    """A running program."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)
    """What it printed, for the person who reads why a test failed."""

    async def line(self) -> str:
        """The next line on its standard output; it must come in time."""
        assert self.process.stdout is not None
        try:
            line = (await asyncio.wait_for(self.process.stdout.readline(), LINE_SECONDS)).decode()
        except TimeoutError:
            raise AssertionError("nothing more was said after:\n" + "\n".join(self.said[-60:])) from None
        assert line, "it ended:\n" + "\n".join(self.said[-60:])
        self.said.append(line.rstrip())
        return line

    async def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def errors(self) -> AsyncGenerator[str, None]:
        """The lines on its standard error, as they come, until it ends."""
        assert self.process.stderr is not None
        while line := (await self.process.stderr.readline()).decode():
            self.said.append(line.rstrip())
            yield line


@asynccontextmanager
async def running(
    *command: str, environment: Mapping[str, str], folder: Path, mix_errors: bool = False
) -> AsyncGenerator[Program, None]:
    """Run a program in a folder of its own; `mix_errors` puts its standard error among its output."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT if mix_errors else asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        yield Program(process)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def environment_at(home: Path, **more: str) -> dict[str, str]:
    """This process's environment, for a program whose home is that folder and whose browser opens nothing."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return {**inherited, "HOME": str(home), "BROWSER": "true", "NO_COLOR": "1", **more}
