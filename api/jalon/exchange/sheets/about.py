"""Writes the sheet that says how the others are filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jalon.exchange.sheets.template import REQUIRED, Template, text_in, word

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

WIDTHS = (80, 40, 80)
SAID = (
    *("rows", "row-keys", "removed", "several", "required", "choices", "figures", "names"),
    "hidden",
)
"""What is said of every sheet, in this order."""


def write_about(
    sheet: Worksheet, templates: Sequence[Template], bold: Format, wrapped: Format
) -> None:
    """How a workbook is filled in, then the columns of each of its sheets."""
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width, wrapped)
    language = templates[0].manner.language
    title = ", ".join(template.title for template in templates)
    sheet.write_string(0, 0, word("about", "title", language, title=title), bold)
    line = 1
    for text in _explanations(templates):
        sheet.write_string(line, 0, text)
        line += 1
    for template in templates:
        line += 1
        if len(templates) > 1:
            sheet.write_string(line, 0, template.title, bold)
            line += 1
        for place, name in enumerate(("column", "kind", "help")):
            sheet.write_string(line, place, word("about", name, language), bold)
        for texts in _columns(template):
            line += 1
            for place, text in enumerate(texts):
                sheet.write_string(line, place, text)
        line += 1


def _explanations(templates: Sequence[Template]) -> Iterator[str]:
    [first, *_] = templates
    language = first.manner.language
    for template in templates:
        yield text_in(template.model.help, language)
    yield word("about", "source", language, release=first.release)
    if first.organisation:
        yield word("about", "organisation", language, organisation=first.organisation)
    for name in SAID:
        yield word("about", name, language)


def _columns(template: Template) -> Iterator[tuple[str, str, str]]:
    """The name of each column, what it holds, and what it is for."""
    language = template.manner.language
    help_ = word("sheet", "row-key-help", language)
    yield word("sheet", "row-key", language), word("kind", "row-key", language), help_
    for column in template.columns:
        mark = REQUIRED if column.field.required else ""
        kind = word("kind", column.field.kind, language)
        help_ = text_in(column.field.help, language)
        yield template.headers[column.key] + mark, kind, help_
