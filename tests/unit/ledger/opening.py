"""Opens a ledger that may not be there yet, and appends one commit."""

from __future__ import annotations

import sys

from unit.ledger.drafts import draft, ledger_at, written_place

if __name__ == "__main__":
    with ledger_at(written_place(sys.argv[1])) as ledger:
        ledger.append(draft(1))
