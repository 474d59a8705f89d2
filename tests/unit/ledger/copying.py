"""Copies a ledger into another place, and prints the number of the last commit after each batch."""

from __future__ import annotations

import sys

from jalon.ledger.copying import copy
from unit.ledger.drafts import ledger_at, written_place


def tell(done: int, _every: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    one, other = map(written_place, sys.argv[1:])
    with ledger_at(one) as source, ledger_at(other) as target:
        copy(source, target, tell)
