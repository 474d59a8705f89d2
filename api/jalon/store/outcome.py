"""What the end of a query process means: an answer's format, or the error to raise."""

from __future__ import annotations

import logging
import re
from typing import cast

from jalon.errors import (
    BadRequest,
    FunctionUnknown,
    JalonError,
    NotAcceptable,
    QueryFailed,
    QuerySyntax,
    QueryTimeout,
    QueryTooComplex,
    QueryTooLarge,
    Unsandboxed,
)
from jalon.store.port import (
    GRAPH_FORMATS,
    MEGABYTE,
    SOLUTION_FORMATS,
    Kind,
    Limits,
    QueryRequest,
    ResultFormat,
)
from jalon.store.process import End
from jalon.store.worker import Header

_PLACE = re.compile(r"error at (\d+):(\d+)")
_SAYINGS = {
    "overrides an existing variable": "variable-again",
    "contains a variable that is unbound": "variable-not-grouped",
}

_log = logging.getLogger(__name__)


def format_of(kind: Kind, request: QueryRequest) -> ResultFormat:
    """The format that the request wants for this kind of answer."""
    wanted = request.graph if kind == "graph" else request.solutions
    if wanted is None:
        raise not_acceptable(kind)
    return wanted


def not_acceptable(kind: Kind) -> NotAcceptable:
    """The refusal that lists what there is for this kind of answer."""
    formats = GRAPH_FORMATS if kind == "graph" else SOLUTION_FORMATS
    return NotAcceptable(available=", ".join(known.media_type for known in formats))


def timed_out(limits: Limits) -> QueryTimeout:
    """The error of a query that passed its deadline."""
    return QueryTimeout(seconds=f"{limits.seconds:g}")


def declined(head: Header, request: QueryRequest) -> JalonError:
    """The error that an outcome other than an answer stands for."""
    outcome, detail = head["outcome"], head["detail"]
    if outcome == "syntax":
        return syntax_error(detail)
    if outcome == "not-acceptable":
        return not_acceptable(cast("Kind", detail))
    errors: dict[str, JalonError] = {
        "function": FunctionUnknown(function=detail),
        "graph": BadRequest(variant="graph", graph=detail),
        "merge": QueryTooComplex(variant="merge", limit=request.limits.merged_triples),
        "unsandboxed": Unsandboxed(variant="query"),
    }
    return errors.get(outcome) or QueryFailed()


def syntax_error(message: str) -> QuerySyntax:
    """The engine's syntax error: where it is, and what is wrong when the engine can say it."""
    match = _PLACE.search(message)
    if match is None:
        return QuerySyntax(variant="unplaced")
    for words, variant in _SAYINGS.items():
        if words in message:
            return QuerySyntax(variant=variant)
    return QuerySyntax(line=int(match[1]), column=int(match[2]))


def check_end(end: End, limits: Limits) -> None:
    """Raises the error that a process's bad end stands for; the end itself goes into the log."""
    fate = end.fate
    if fate == "done":
        return
    _log.warning("query process ended with status %s: %s", end.status, end.log.strip())
    if fate == "processor-time":
        raise timed_out(limits)
    if fate == "memory":
        raise QueryTooLarge(limit=limits.memory_bytes // MEGABYTE)
    if fate == "depth":
        raise QueryTooComplex()
    raise QueryFailed()
