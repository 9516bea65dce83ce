"""Say which modules are too long to have one subject: 250 lines ask for a thought, 400 are refused."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("src", "dev")
THOUGHT = 250
LIMIT = 400


def module_sizes(root: Path) -> Iterator[tuple[Path, int]]:
    """Every Python module of ours with its number of lines."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root), len(path.read_text(encoding="utf-8").splitlines())


def main() -> int:
    """Print the long ones; fail when one is past the limit."""
    sizes = list(module_sizes(ROOT))
    for path, lines in sizes:
        if lines > THOUGHT:
            print(f"{path}: {lines} lines{' - split it' if lines > LIMIT else '; what is its second subject?'}")
    counts = sorted(lines for _, lines in sizes)
    print(f"{len(counts)} modules, median {counts[len(counts) // 2]} lines, longest {counts[-1]}")
    return 1 if counts[-1] > LIMIT else 0


if __name__ == "__main__":
    sys.exit(main())
