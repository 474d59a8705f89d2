"""Regular expressions: read alike by every engine, and none that takes for ever."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from itertools import pairwise

from pyoxigraph import Literal, QuerySolutions, Store
from rdflib import SH, Graph
from rdflib.term import Node

from jalon.validation.guard.naming import refused, shown

FLAGS = frozenset("smixq")
"""The flags of XPath's regular expressions."""

_TOKEN = re.compile(
    r"""
      (?P<item>    \\. | \[\^?\]?(?:\\.|[^\]\\])*\] )
    | (?P<open>    \((?:\?(?:[:=!]|<[=!]|P?<\w+>)?)? )
    | (?P<close>   \) )
    | (?P<or>      \| )
    | (?P<times>   [*+?]|\{\d*(?:,\d*)?\} )
    | (?P<anchor>  [\^$] )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ITEM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_CATEGORY = re.compile(r"(?<=\\)[pP]\{\w+\}")
_ODD = re.compile(r"\(\?(?!:|[imsx-]+[:)])|(?:[*+?]|\{\d+(?:,\d*)?\})\+|\{,")
_IN_CLASS = re.compile(r"\[|&&|--|~~")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
"""What one engine reads in another way than the other: groups, repeats and sets of their own."""

_BACKTRACKING = re.compile(r"\\[1-9]|\(\?(?:[=!]|<[=!])")
_FEW = 2


@dataclass(slots=True)
class _Branch:
    """One alternative: has it something of fixed length, and something repeated at will?"""

    fixed: bool = False
    repeated: bool = False

    def take(self, other: _Branch, times: str) -> None:
        """Goes on with a part that stands there so many times."""
        varies = times in {"*", "+"} or "," in times
        optional = times in {"*", "?"} or times.startswith(("{0", "{,"))
        self.fixed |= other.fixed and not varies and not optional
        self.repeated |= other.repeated or varies


@dataclass(slots=True)
class _Group:
    branches: list[_Branch] = field(default_factory=lambda: [_Branch()])

    def whole(self) -> _Branch:
        """What the group is to what stands around it."""
        return _Branch(
            all(branch.fixed for branch in self.branches),
            any(branch.repeated for branch in self.branches),
        )

    def is_loose(self) -> bool:
        """Whether a repeat of this group can share its text out in many ways."""
        return any(branch.repeated and not branch.fixed for branch in self.branches)


def check_patterns(graph: Graph) -> None:
    """Raises ShapesRefused for a pattern that cannot be read or can take time without end.

    The check is a courtesy that names the shape; the protection is the process that is killed.
    """
    for shape, pattern in graph.subject_objects(SH.pattern):
        _check_flags(graph, shape)
        text = str(pattern)
        if _BACKTRACKING.search(text):
            raise refused(graph, shape, "pattern-backtracking", found=shown(pattern))
        if is_catastrophic(text):
            raise refused(graph, shape, "pattern-nested", found=shown(pattern))
        reason = _fault(text)
        if reason is not None:
            raise refused(graph, shape, "pattern", found=shown(pattern), reason=reason)


def is_catastrophic(pattern: str) -> bool:
    """Whether a group is repeated that may consist of a repeat alone, as in ``(a+)+``.

    Linear in the pattern. ``([a-z]+-)*`` is none: its hyphen parts the repeats.
    """
    tokens = [(match.lastgroup or "", match.group()) for match in _TOKEN.finditer(pattern)]
    groups = [_Group()]
    for (kind, _), (following, mark) in pairwise([*tokens, ("", "")]):
        times = mark if following == "times" else ""
        if kind == "open":
            groups.append(_Group())
        elif kind == "or":
            groups[-1].branches.append(_Branch())
        elif kind == "close" and len(groups) > 1:
            closed = groups.pop()
            if closed.is_loose() and _is_many(times):
                return True
            groups[-1].branches[-1].take(closed.whole(), times)
        elif kind in {"item", "other"}:
            groups[-1].branches[-1].take(_Branch(fixed=True), times)
    return False


def _is_many(times: str) -> bool:
    most = times.strip("{}").rpartition(",")[2]
    return (
        times in {"*", "+"} or times.endswith(",}") or (most.isdecimal() and int(most[:6]) > _FEW)
    )


def _fault(pattern: str) -> str | None:
    """Why a pattern cannot be read by every engine in the same way; None where it can.

    \\p{…} is XPath's, and the default engine's; for Python's reader it is some letter.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            re.compile(_CATEGORY.sub("w", pattern))
    except re.error as error:
        return str(error)
    except (RecursionError, OverflowError) as error:
        return type(error).__name__
    odd = _ODD.search(_ITEM.sub("x", pattern))
    if odd is not None:
        return odd.group()
    for item in _ITEM.findall(pattern):
        if item.startswith("[") and _IN_CLASS.search(_ESCAPED.sub("", item[1:])):
            return str(item[:20])
    return None if _is_readable(pattern) else "syntax"


def _is_readable(pattern: str) -> bool:
    """Whether a reader like that of the default engine takes it, which bounds its size, too."""
    query = f"SELECT (REGEX('', {Literal(pattern)}) AS ?read) {{}}"
    answer = Store().query(query)
    return isinstance(answer, QuerySolutions) and next(answer)["read"] is not None


def _check_flags(graph: Graph, shape: Node) -> None:
    for flags in graph.objects(shape, SH.flags):
        if not set(str(flags)) <= FLAGS or len(set(str(flags))) < len(str(flags)):
            raise refused(graph, shape, "flags", found=shown(flags))
