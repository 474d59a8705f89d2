"""Which engine works."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable

from jalon.validation.port import Engine, EngineName

_log = logging.getLogger(__name__)


def available(
    wanted: EngineName, find: Callable[[str], object | None] = importlib.util.find_spec
) -> EngineName:
    """The engine wanted, or pyshacl with a warning where ``find`` finds no package ``shacl``."""
    if wanted == "shacl" and find("shacl") is None:
        _log.warning("the package shacl is not installed here: pyshacl validates, more slowly")
        return "pyshacl"
    return wanted


def engine(name: EngineName) -> Engine:
    """An engine; only its own library is loaded."""
    if name == "shacl":
        from jalon.validation.engines.compiled import CompiledEngine  # noqa: PLC0415

        return CompiledEngine()
    from jalon.validation.engines.reference import ReferenceEngine  # noqa: PLC0415

    return ReferenceEngine()
