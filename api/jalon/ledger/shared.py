"""A ledger that several nodes share: the truth stands in one place, a copy of its chain in each.

What is appended is kept where all share it, and then copied. The chain is read from the copy, so
that what is published can be read while the shared ledger is away; what stands beside the chain
(authors, tokens, submissions, pins, acts) is in the shared one alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Self

from jalon.errors import LedgerBroken, NotReady
from jalon.ledger.authors import Author
from jalon.ledger.commits import Commit, Draft, Head
from jalon.ledger.ledger import Clock, Ledger, Progress, silent
from jalon.ledger.nodes import Nodes
from jalon.ledger.sqlite import SqliteDatabase
from jalon.ledger.watermark import Watermark

COPY = Path("ledger") / "copy.sqlite"
"""Where the copy stands in the folder of all state."""

COPIED_TOGETHER, COPIED_BYTES = 200, 16 * 1024 * 1024
"""How many commits are copied in one transaction, and how large they are."""

_log = logging.getLogger(__name__)


class SharedLedger(Ledger):
    """A ledger whose chain is read from its copy; everything else goes to the shared one."""

    is_shared = True

    def __init__(self, shared: Ledger, copy: SqliteDatabase, clock: Clock, nodes: Nodes) -> None:
        super().__init__(copy, clock)
        self.tokens, self.audit, self.submissions = shared.tokens, shared.audit, shared.submissions
        self.nodes = nodes
        self._shared = shared
        self._turn = threading.Lock()
        self._obstacle: NotReady | None = None
