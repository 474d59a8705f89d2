"""The results of very many things: some in full, and of the others how many there are.

A report that tells a million results is read by nobody, and made in no memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from jalon.validation.catalogue import Catalogue
from jalon.validation.incremental.checking import Key, key_of
from jalon.validation.port import Found, LeftOut, ValidationReport, report_of

MOST_TOLD = 10_000
"""Results that a report tells one by one."""


class Gathering:
    """Results as they are found: how many of each rule, and its first ones in a report's order.

    As many of each as there is room for; what rules with few results leave is for the others.
    """

    def __init__(self, most: int = MOST_TOLD) -> None:
        self._most = most
        self._counts: Counter[tuple[str, str]] = Counter()
        self._kept: dict[tuple[str, str], dict[Key, list[Found]]] = defaultdict(dict)

    def add(self, results: Iterable[Found]) -> None:
        """Takes in all results about some things, of which none came before."""
        new: dict[Key, list[Found]] = defaultdict(list)
        for found in results:
            new[key_of(found)].append(found)
        for key, alike in new.items():
            rule = (alike[0].severity, alike[0].shape)
            self._counts[rule] += 1
            self._kept[rule][key] = alike
        self._cut()

    def report(self, catalogue: Catalogue) -> ValidationReport:
        """The report of everything that was added."""
        told = report_of(
            catalogue.result(found)
            for kept in self._kept.values()
            for alike in kept.values()
            for found in alike
        )
        left: Counter[tuple[str, str]] = Counter()
        for rule, number in self._counts.items():
            if number > len(self._kept[rule]):
                result = catalogue.result(next(iter(self._kept[rule].values()))[0])
                left[result.severity, result.called] += number - len(self._kept[rule])
        return ValidationReport(
            told.results,
            tuple(LeftOut(*rule, number) for rule, number in sorted(left.items())),
        )

    def _cut(self) -> None:
        room = _room(self._counts.values(), self._most)
        for rule, kept in self._kept.items():
            if len(kept) > room:
                first = sorted(kept, key=_place)[:room]
                self._kept[rule] = {key: kept[key] for key in first}


def _place(key: Key) -> tuple[str, ...]:
    """Where a result stands among those of its rule; see port.identity."""
    focus, shape, component, _, path, value, constraint, texts = key
    said = (str(focus), path or "", shape, component, str(value or ""), constraint or "")
    return (*said, *texts)


def _room(counts: Iterable[int], most: int) -> int:
    """How many of each count there is room for, where no more than so many are to be told."""
    ordered = sorted(counts)
    for place, count in enumerate(ordered):
        room = most // (len(ordered) - place)
        if count > room:
            return room
        most -= count
    return ordered[-1] if ordered else 0
