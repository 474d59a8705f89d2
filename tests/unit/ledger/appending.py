"""Appends to a ledger until it is killed, or so often, and prints the number of each commit.

Who is to append so often waits to be killed afterwards.
"""

from __future__ import annotations

import signal
import sys
from itertools import count

from unit.ledger.drafts import draft, ledger_at, written_place

if __name__ == "__main__":
    path, *most = sys.argv[1:]
    with ledger_at(written_place(path)) as ledger:
        for _ in range(int(most[0])) if most else count():
            following = ledger.head().number + 1
            commit = ledger.append(draft(following, quads=following % 50))
            sys.stdout.write(f"{commit.number} {commit.digest}\n")
            sys.stdout.flush()
        signal.pause()
