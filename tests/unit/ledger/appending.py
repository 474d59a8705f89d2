"""Appends to a ledger until it is killed; prints the number of each commit it was given."""

from __future__ import annotations

import sys
from pathlib import Path

from unit.ledger.drafts import draft, ledger_at

if __name__ == "__main__":
    with ledger_at(Path(sys.argv[1])) as ledger:
        while True:
            following = ledger.head().number + 1
            commit = ledger.append(draft(following, quads=following % 50))
            sys.stdout.write(f"{commit.number} {commit.digest}\n")
            sys.stdout.flush()
