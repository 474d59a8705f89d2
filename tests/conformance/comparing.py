"""Whether an answer is the expected one, by the rules of the suites; and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset

from conformance.results import Answer, Row, Solutions, Term

SHOWN = 3
"""How many rows or triples of a difference are shown."""

STEPS = 100_000
"""How many pairs of rows are tried before blank nodes are taken to be others."""

Names = dict[BlankNode, BlankNode]


def difference(expected: Answer, found: Answer, *, lax: bool = False) -> str:
    """What differs, for people; empty where the answers are the same.

    Blank nodes may have other names, and repeated rows may be fewer where that is ``lax``.
    """
    if isinstance(expected, Solutions) and isinstance(found, Solutions):
        return _solutions_differ(expected, found, lax=lax)
    if isinstance(expected, Dataset) and isinstance(found, Dataset):
        return datasets_differ(expected, found)
    if isinstance(expected, bool) and isinstance(found, bool):
        return "" if expected == found else f"expected {expected}, found {found}"
    return f"expected {type(expected).__name__}, found {type(found).__name__}"


def datasets_differ(expected: Dataset, found: Dataset) -> str:
    """As ``difference``, of two graphs or datasets: they are isomorphic, or what differs."""
    copies = [Dataset(expected), Dataset(found)]
    for copy in copies:
        copy.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    if copies[0] == copies[1]:
        return ""
    lines = [Counter(str(quad) for quad in copy) for copy in copies]
    return _shown(lines[0] - lines[1], lines[1] - lines[0])


def _solutions_differ(expected: Solutions, found: Solutions, *, lax: bool) -> str:
    if expected.variables != found.variables:
        return f"expected variables {expected.variables}, found {found.variables}"
    if lax and set(found.rows) <= set(expected.rows):
        return _counts_differ(expected, found)
    if expected.ordered:
        same = len(expected.rows) == len(found.rows) and _in_order(expected.rows, found.rows)
    else:
        same = _in_any_order(expected.rows, found.rows)
    if same:
        return ""
    counted = [Counter(map(_marked, each.rows)) for each in (expected, found)]
    return _shown(counted[0] - counted[1], counted[1] - counted[0]) or "the order, or blank nodes"


def _counts_differ(expected: Solutions, found: Solutions) -> str:
    """REDUCED: each row at least once, and at most as often as without it."""
    most, counted = Counter(expected.rows), Counter(found.rows)
    right = set(most) == set(counted) and all(counted[row] <= most[row] for row in counted)
    return "" if right else _shown(most - counted, counted - most)


def _in_order(expected: tuple[Row, ...], found: tuple[Row, ...]) -> bool:
    names: Names = {}
    return all(_paired(*rows, names) for rows in zip_longest(expected, found))


def _in_any_order(expected: tuple[Row, ...], found: tuple[Row, ...]) -> bool:
    """Whether rows are the same number of times in both, for some naming of blank nodes."""
    if Counter(map(_marked, expected)) != Counter(map(_marked, found)):
        return False
    left = [row for row in expected if _has_blank(row)]
    return _match(left, [row for row in found if _has_blank(row)], {}, iter(range(STEPS)))


def _match(left: list[Row], right: list[Row], names: Names, steps: Iterator[int]) -> bool:
    if not left:
        return True
    for index, row in enumerate(right):
        if next(steps, None) is None:
            return False
        known = dict(names)
        if _paired(left[0], row, known) and _match(
            left[1:], right[:index] + right[index + 1 :], known, steps
        ):
            names.update(known)
            return True
    return False


def _paired(expected: Row, found: Row, names: Names) -> bool:
    """Whether two rows are the same by the names so far; adds the names that make them so."""
    for one, other in zip_longest(expected, found):
        if isinstance(one, BlankNode) and isinstance(other, BlankNode):
            if one not in names and other in names.values():
                return False
            if names.setdefault(one, other) != other:
                return False
        elif one != other:
            return False
    return True


def _has_blank(row: Row) -> bool:
    return any(isinstance(term, BlankNode) for term in row)


def _marked(row: Row) -> tuple[str, ...]:
    """A row with all blank nodes alike."""
    return tuple(map(_said, row))


def _said(term: Term | None) -> str:
    return "_:" if isinstance(term, BlankNode) else str(term or "")


def _shown(
    missing: Counter[str] | Counter[tuple[str, ...]] | Counter[Row],
    more: Counter[str] | Counter[tuple[str, ...]] | Counter[Row],
) -> str:
    said = [
        f"{len(each)} {word}: {', '.join(str(row) for row in list(each)[:SHOWN])}"
        for word, each in (("missing", missing), ("too many", more))
        if each
    ]
    return "; ".join(said)
