"""What the end of a process that reads documents means: nothing, or the error to raise."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from jalon.errors import (
    BadRequest,
    Forbidden,
    FunctionUnknown,
    JalonError,
    NoTargetGraph,
    QueryRefused,
    QuerySyntax,
    QueryTooComplex,
    QueryTooLarge,
    RdfRefused,
    RdfSyntax,
    ShapesRefused,
    StorageFull,
    Unsandboxed,
    ValidationFailed,
    ValidationTimeout,
    ValidationTooComplex,
    ValidationTooLarge,
)
from jalon.store.port import MEGABYTE, Limits
from jalon.store.process import End

REFUSED = "refused"
_REFUSALS: Mapping[str, type[JalonError]] = {
    kind.code: kind
    for kind in (
        *(RdfSyntax, RdfRefused, ShapesRefused, BadRequest, NoTargetGraph, StorageFull, Forbidden),
        *(QuerySyntax, QueryRefused, QueryTooComplex, QueryTooLarge, FunctionUnknown),
        ValidationFailed,
    )
}

_log = logging.getLogger(__name__)


def declined(outcome: str, code: str, details: Mapping[str, str | int]) -> JalonError:
    """The error of a process that did not do its job: ``refused``, for a reason, or unsandboxed."""
    return _REFUSALS[code](**details) if outcome == REFUSED else Unsandboxed(variant="validation")


def timed_out(limits: Limits) -> ValidationTimeout:
    """The error of a process that passed its deadline."""
    return ValidationTimeout(seconds=f"{limits.seconds:g}")


def check_end(end: End, limits: Limits) -> None:
    """Raises the error that a process's bad end stands for; the end itself goes into the log."""
    fate = end.fate
    if fate == "done":
        return
    _log.warning("validation process ended with status %s: %s", end.status, end.log.strip())
    if fate == "processor-time":
        raise timed_out(limits)
    if fate == "memory":
        raise ValidationTooLarge(limit=limits.memory_bytes // MEGABYTE)
    if fate == "depth" or "RecursionError" in end.log:
        raise ValidationTooComplex
    raise ValidationFailed
