"""The process that reads sheets: one file from stdin, what it says on stdout.

Started as ``python -m jalon.exchange.sheets.worker`` by ``jalon.exchange.sheets.parsing``, and by
nobody else. In: one line of JSON, a *job*, and the file after it. Out: for a job ``read`` an
answer in JSON; for a job ``annotate`` a workbook. It is complete when the exit status is 0.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from jalon.errors import JalonError
from jalon.exchange.sheets.formats import CSV
from jalon.store.confinement import confine


class Job(TypedDict):
    """What to do, and what the process may use: bytes of memory, seconds of processor time.

    The file is of ``media_type``; a table goes by its ``title``, and what a workbook has in hidden
    sheets stands in ``hidden``, by their names. ``models`` are those of every sheet
    (``model_document``), ``base`` is that of the pack, and ``organisation`` is who sends the file.
    ``remarks`` are what is written beside cells.
    ``isolated``: do nothing while the network can be reached.
    """

    task: Literal["read", "annotate"]
    media_type: str
    title: str
    hidden: Mapping[str, list[list[str]]]
    models: list[Mapping[str, Any]]
    base: str
    organisation: str
    remarks: Mapping[str, Any]
    isolated: bool
    memory: int
    seconds: int


REFUSED, UNSANDBOXED = "refused", "unsandboxed"
FAILED = 3
"""The exit status of a process that has said on stdout why it did not do its job."""


def main() -> int:
    """Does the one job on stdin; the exit status is 0 when it is done."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    # It does one job and ends: nothing that it has made needs to be looked through for garbage.
    gc.disable()
    held = confine(job["memory"], job["seconds"])
    out = sys.stdout.buffer
    if job["isolated"] and not held["network"]:
        out.write(json.dumps({"outcome": UNSANDBOXED, "code": "", "details": {}}).encode())
        out.flush()
        return FAILED
    try:
        out.write(_done(job, sys.stdin.buffer.read()))
    except JalonError as error:
        refusal = {"outcome": REFUSED, "code": error.code, "details": error.details}
        out.write(json.dumps(refusal).encode())
        out.flush()
        return FAILED
    out.flush()
    return 0


def _done(job: Job, content: bytes) -> bytes:
    # Loaded after the confinement: it is to hold for all that reads what came from outside.
    from jalon.exchange.sheets.cells import Sheet, read_sheets  # noqa: PLC0415
    from jalon.exchange.sheets.model import read_model  # noqa: PLC0415
    from jalon.exchange.sheets.reading import reading_document  # noqa: PLC0415
    from jalon.exchange.sheets.rows import readings_of  # noqa: PLC0415

    if job["media_type"] == CSV:
        from jalon.exchange.sheets.tables import read_table  # noqa: PLC0415

        sheets = [read_table(content, job["title"])]
    else:
        sheets = read_sheets(content)
    sheets += [Sheet.of(name, lines) for name, lines in job["hidden"].items()]
    if job["task"] == "annotate":
        from jalon.exchange.sheets.annotating import annotated  # noqa: PLC0415

        return annotated(sheets, job["remarks"])
    models = {each["name"]: read_model(each) for each in job["models"]}
    readings = readings_of(sheets, models, job["base"], job["organisation"])
    return json.dumps([reading_document(each) for each in readings]).encode()


if __name__ == "__main__":
    status = main()
    # Nothing is left to be put in order: the operating system frees memory faster.
    os._exit(status)
