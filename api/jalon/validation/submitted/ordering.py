"""An order of the blank nodes of a document that depends on what is said alone.

Nodes are told apart by what is said of them, then by their neighbours, and theirs, until nothing
more comes of it. Of those that are still alike one is taken, which tells others apart, and so on.
Where the alike can take each other's places, as in lists, trees and rings, the order is the same
whichever is taken; in a net in which they cannot, it is the one that is met first.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

Link = tuple[str, int]
"""A property, with its direction, and the node at its other end."""


class Ordering:
    """The nodes 0, 1, 2 … by what is said of each, and how they are linked.

    Takes time about linear in the links, where no two nodes have very many in common.
    """

    def __init__(self, said: Sequence[str], links: Sequence[Sequence[Link]]) -> None:
        self._links = links
        self._colours = [0] * len(said)
        self._cells: list[set[int]] = [set(range(len(said)))]
        self._alike: list[tuple[int, int]] = []
        properties = (sorted(said_of for said_of, _ in each) for each in links)
        changed = self._split(0, dict(enumerate(zip(said, properties, strict=True))))
        while changed:
            changed = self._refined(changed) or self._one_taken()

    def places(self) -> list[int]:
        """The place of each node in the order, from 0; every node has its own."""
        return self._colours

    def _refined(self, changed: Iterable[int]) -> set[int]:
        """Tells the neighbours of nodes apart, whose colours have changed; whose have then."""
        near = {other for node in changed for _, other in self._links[node]}
        seen: dict[int, dict[int, object]] = defaultdict(dict)
        for node in near:
            colour = self._colours[node]
            if len(self._cells[colour]) > 1:
                seen[colour][node] = self._seen(node)
        return {node for colour in sorted(seen) for node in self._split(colour, seen[colour])}

    def _seen(self, node: int) -> list[tuple[str, int]]:
        return sorted((said_of, self._colours[other]) for said_of, other in self._links[node])

    def _split(self, colour: int, seen: Mapping[int, object]) -> set[int]:
        """Gives new colours to nodes of one, where they are seen to differ; to which ones.

        Those that are not looked at keep theirs, or else the most that are alike.
        """
        groups: dict[str, list[int]] = defaultdict(list)
        for node, what in seen.items():
            groups[repr(what)].append(node)
        names = sorted(groups)
        cell = self._cells[colour]
        if len(seen) == len(cell):
            names.remove(max(names, key=lambda name: len(groups[name])))
        for name in names:
            cell.difference_update(groups[name])
            self._add(groups[name])
        self._note(colour)
        return {node for name in names for node in groups[name]}

    def _add(self, nodes: Iterable[int]) -> None:
        colour = len(self._cells)
        self._cells.append(set(nodes))
        for node in nodes:
            self._colours[node] = colour
        self._note(colour)

    def _note(self, colour: int) -> None:
        size = len(self._cells[colour])
        if size > 1:
            heapq.heappush(self._alike, (size, colour))

    def _one_taken(self) -> set[int]:
        """Tells one node from those that are like it, which are the fewest; none: all differ."""
        while self._alike:
            size, colour = heapq.heappop(self._alike)
            if len(self._cells[colour]) == size:
                return self._split(colour, {next(iter(self._cells[colour])): ""})
        return set()
