"""Opens a ledger that may not be there yet, and appends one commit."""

from __future__ import annotations

import sys
from pathlib import Path

from unit.ledger.drafts import draft, ledger_at

if __name__ == "__main__":
    with ledger_at(Path(sys.argv[1])) as ledger:
        ledger.append(draft(1))
