"""Reads a ledger that another process writes; prints its head once the whole chain is verified."""

from __future__ import annotations

import sys
from pathlib import Path

from unit.ledger.drafts import ledger_at

if __name__ == "__main__":
    with ledger_at(Path(sys.argv[1]), read_only=True) as ledger:
        head = ledger.verify()
    sys.stdout.write(f"{head.number} {head.digest}\n")
