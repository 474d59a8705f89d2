"""Spreadsheets of what is published, made without a service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from jalon.build.content import open_content
from jalon.build.service import open_service
from jalon.exchange.sheets.template import text_in
from jalon.exchange.sheets.writing import written
from jalon.services.templates import Templates, Wanted
from jalon.settings import Settings

Made = TypeVar("Made")


def template(settings: Settings, wanted: Wanted, media_type: str) -> bytes:
    """The sheets of classes in a format. Raises as open_content and Templates.filled."""
    return written(_asked(settings, lambda templates: templates.filled(wanted)), media_type)


def template_names(settings: Settings, language: str) -> list[tuple[str, str]]:
    """The names of the classes that there are sheets of, each with its label in a language."""
    models = _asked(settings, lambda templates: templates.models(templates.stamp))
    return [(name, text_in(model.labels, language, name)) for name, model in models.items()]


def _asked(settings: Settings, ask: Callable[[Templates], Awaitable[Made]]) -> Made:
    # What is entailed stands on no sheet: nobody waits for it here.
    service = open_service(settings, open_content(settings, entailed=False), isolated=False)

    async def asked() -> Made:
        try:
            return await ask(service.templates)
        finally:
            await service.store.close()

    return asyncio.run(asked())
