"""Write docs/reference, or with --check say what there is stale."""

import sys
from pathlib import Path

from dev.reference import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def main(arguments: list[str]) -> int:
    """Write the pages; with --check fail when one differs from what the code says."""
    stale = [name for name, write in PAGES.items() if not _is_current(FOLDER / name, write())]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/reference/{name} is not what the code says: run `make reference`")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        _ = (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
