"""The composition root: settings in, a running service out. Everything is put together here."""

from __future__ import annotations

from jalon.build.commands import Checked, answer, ask, check, serve, validate
from jalon.build.content import (
    Content,
    ledger_of,
    lock_of,
    open_content,
    pack_of,
    publishing,
    questions_of,
)
from jalon.build.service import Service, check_isolation, open_service

__all__ = [
    "Checked",
    "Content",
    "Service",
    "answer",
    "ask",
    "check",
    "check_isolation",
    "ledger_of",
    "lock_of",
    "open_content",
    "open_service",
    "pack_of",
    "publishing",
    "questions_of",
    "serve",
    "validate",
]
