"""Prints the part of requirements.lock that some packages need, with their hashes.

``python tools/part_of_lock.py`` prints what the service needs to run, without what is only for
development; ``python tools/part_of_lock.py hatchling`` what that package needs. Which package
needs which stands in the lock's own comments; nothing has to be installed for this.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ASKER = re.compile(r"^    #(?: via|  ) +([A-Za-z0-9._-]+)(?:\[.*\])?$", re.MULTILINE)


def part_of_lock(lock: str, wanted: list[str]) -> str:
    """The entries of the wanted packages, and of all that these need, as they stand in the lock.

    Raises KeyError for a package that is not there.
    """
    entries = {_normal(entry): entry for entry in re.split(r"\n(?=[A-Za-z0-9])", lock.strip())}
    needed = {_normal(name) for name in wanted}
    missing = needed - entries.keys()
    if missing:
        raise KeyError(", ".join(sorted(missing)))
    while True:
        more = {
            name
            for name, entry in entries.items()
            if name not in needed and needed & {_normal(asker) for asker in _ASKER.findall(entry)}
        }
        if not more:
            return "\n".join(entries[name] for name in sorted(needed)) + "\n"
        needed |= more


def _normal(text: str) -> str:
    """The name at the start of a text, as the package index compares names."""
    found = _NAME.match(text)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def main() -> None:
    """Prints the part for the packages of the command line, by default for those we depend on.

    Those for a ledger in PostgreSQL are with them.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = sys.argv[1:] or [
        *project["dependencies"],
        *project["optional-dependencies"]["shared"],
    ]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    sys.stdout.write(part_of_lock(lock, wanted))


if __name__ == "__main__":
    main()
