"""Reads a ledger that another process writes; prints its head once the whole chain is verified."""

from __future__ import annotations

import sys

from unit.ledger.drafts import ledger_at, written_place

if __name__ == "__main__":
    with ledger_at(written_place(sys.argv[1]), read_only=True) as ledger:
        head = ledger.verify()
    sys.stdout.write(f"{head.number} {head.digest}\n")
