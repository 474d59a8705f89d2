"""Nodes say how far they have come, by the clock of the database that they share."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

from jalon.ledger.nodes import Nodes
from unit.ledger.drafts import Place, draft, ledger_at


def test_a_node_is_seen_and_leaves(place: Place) -> None:
    with ledger_at(place) as ledger:
        nodes = Nodes(ledger._database)
        assert nodes.slowest(60) is None
        nodes.seen("b", 4)
        nodes.seen("a", 7)
        nodes.seen("b", 5)
        assert [(node.id, node.release) for node in nodes.all()] == [("a", 7), ("b", 5)]
        now = datetime.now(UTC)
        assert all(abs(node.seen - now) < timedelta(seconds=30) for node in nodes.all())
        assert nodes.slowest(60) == 5
        nodes.leave("b")
        nodes.leave("nobody")
        assert nodes.slowest(60) == 7
        assert [node.id for node in nodes.all()] == ["a"]


def test_a_node_that_was_not_seen_for_long_keeps_nobody_waiting(place: Place) -> None:
    with ledger_at(place) as ledger:
        nodes = Nodes(ledger._database)
        nodes.seen("gone", 1)
        time.sleep(0.3)
        nodes.seen("here", 3)
        assert nodes.slowest(0.2) == 3
        assert nodes.slowest(60) == 1
        assert [node.id for node in nodes.all()] == ["gone", "here"]


def test_a_node_is_seen_while_another_writes(url: str) -> None:
    with ledger_at(url) as ledger, ledger_at(url) as other, other._database.write():
        done = threading.Thread(target=Nodes(ledger._database).seen, args=("a", 1))
        done.start()
        done.join(10)
        assert not done.is_alive()
    with ledger_at(url) as ledger:
        assert ledger.append(draft(1)).number == 1
        assert Nodes(ledger._database).slowest(60) == 1
