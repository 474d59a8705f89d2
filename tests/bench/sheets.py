"""A filled-in sheet of a thousand new rows: how long until its whole report is there."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from openpyxl import load_workbook

from bench import ours
from bench.processes import cpu_seconds, ended_seconds
from faults.load import now
from jalon.ledger.ledger import PLACE, Ledger
from jalon.services.rights import Rights, Scope

ROWS = 1_000
WRONG_EVERY = 100
"""Of so many rows one has a cell that is no number."""

TIMES = 5
TEMPLATE = "/templates/Measure.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OWN = {"lang": "fr", "organisation": "calq"}
SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A sheet of so many rows that was sent so many times: the seconds of each answer, in order.

    ``processor`` are the seconds of processor of all processes for one; ``state`` and ``cells`` are
    what came of it: the state of the submission, and how many cells are wrong.
    """

    rows: int
    seconds: tuple[float, ...]
    processor: float
    state: str
    cells: int
    kilobytes: float

    @property
    def middle(self) -> float:
        """The seconds of an answer, the median."""
        return sorted(self.seconds)[len(self.seconds) // 2]

    def line(self) -> str:
        """The figures, for people."""
        return (
            f"a sheet of {self.rows} new rows, {self.kilobytes:.0f} kB: {self.middle:.2f} s "
            f"({min(self.seconds):.2f} to {max(self.seconds):.2f}), {self.processor:.2f} s of "
            f"processor; {self.state}, {self.cells} cells wrong"
        )


def uploads(folder: Path) -> Iterator[Uploaded]:
    """Sends a sheet without a fault, and one with some, to a service of the project's own pack."""
    pack = {"JALON_PACK": str(Path(__file__).parents[2])}
    with ours.served(folder / "state", pack) as served:
        token = _token(served.folder)
        with httpx.Client(base_url=served.running.url, timeout=SECONDS) as client:
            given_out = client.get(TEMPLATE, params=OWN).raise_for_status().content
            for wrong_every in (0, WRONG_EVERY):
                book = filled(given_out, ROWS, wrong_every)
                yield _sent(served, client, token, book)


def filled(workbook: bytes, rows: int, wrong_every: int) -> bytes:
    """A sheet with so many new measures more, of which some have a cell that is no number."""
    book = load_workbook(io.BytesIO(workbook))
    sheet = book.worksheets[0]
    columns = {str(cell.value).rstrip(" *"): cell.column or 0 for cell in sheet[1]}
    plan = sheet.cell(2, columns["Relève du plan"]).value
    for number in range(rows):
        row = sheet.max_row + 1
        values = {
            "Libellé (anglais)": f"Open studio number {number} to the public",
            "Libellé (français)": f"Ouvrir l'atelier numéro {number} au public",
            "Relève du plan": plan,
            "Fait partie de": plan,
            "Position": number + 1,
        }
        if wrong_every and number % wrong_every == 0:
            values["Position"] = "plus tard"
        for name, value in values.items():
            sheet.cell(row, columns[name]).value = value
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _sent(served: ours.Ours, client: httpx.Client, token: str, book: bytes) -> Uploaded:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": XLSX}
    taken: list[float] = []
    told: Any = None
    used = 0.0
    for number in range(TIMES + 1):
        if number == 1:
            # The first one finds processes that have to make themselves ready.
            used = _used(served)
        began = time.monotonic()
        answer = client.post("/submissions", content=book, headers=headers).raise_for_status()
        if number:
            taken.append(time.monotonic() - began)
        told = answer.json()
    return Uploaded(
        rows=ROWS,
        seconds=tuple(taken),
        processor=(_used(served) - used) / TIMES,
        state=told["state"],
        cells=sum(len(each["cells"]) + each["leftOut"] for each in told["sheets"]),
        kilobytes=len(book) / 1000,
    )


def _used(served: ours.Ours) -> float:
    """The seconds of processor of every process, those that are gone with them."""
    first = served.running.pid
    return cpu_seconds(served.running.tree()) + ended_seconds(first)


def _token(folder: Path) -> str:
    """A new token of who submits for CALQ."""
    with closing(Ledger.open(folder / PLACE, now)) as ledger:
        token, _ = Rights(ledger, now).create("bench", [Scope.SUBMIT], organisations=["calq"])
    return token
