"""The composition root: settings in, a running service out. Everything is put together here."""

from __future__ import annotations

from jalon.build.commands import Checked, answer, ask, check, serve, validate, validate_published
from jalon.build.content import (
    Content,
    ledger_of,
    lock_of,
    open_content,
    pack_of,
    publishing,
    questions_of,
)
from jalon.build.filling import Indexed, fill, make_index, verify_store
from jalon.build.service import Service, check_isolation, open_service
from jalon.build.storage import backup, migrate, pin, rebuild, restore, unpin
from jalon.build.templates import template, template_names

__all__ = [
    "Checked",
    "Content",
    "Indexed",
    "Service",
    "answer",
    "ask",
    "backup",
    "check",
    "check_isolation",
    "fill",
    "ledger_of",
    "lock_of",
    "make_index",
    "migrate",
    "open_content",
    "open_service",
    "pack_of",
    "pin",
    "publishing",
    "questions_of",
    "rebuild",
    "restore",
    "serve",
    "template",
    "template_names",
    "unpin",
    "validate",
    "validate_published",
    "verify_store",
]
