"""The data folder: everything a service keeps, laid out as this version does it.

===============  =================================================================================
``layout.json``  which layout it is
``ledger/``      the truth: the ledger and its watermark
``releases/``    a folder for each release that stands ready; made again from the ledger
``index/``       the live index, of one process; made again from a release
``entailed/``    conclusions, by what they depend on; drawn again
``answers/``     large answers while they are read
``lock``         held by the process that writes
===============  =================================================================================
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from pathlib import Path

from jalon.errors import NotReady

LAYOUT = 2
"""1 is the layout before there was a ledger; it had no file that says so."""

LOCK = "lock"
_FILE = "layout.json"
_DERIVED_IN_1 = ("index", "validation", "answers")

_log = logging.getLogger(__name__)


def take_up(folder: Path) -> None:
    """Makes the folder, or brings an older one to this layout; for who holds its lock.

    Raises NotReady for a folder of a later version, or one that cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        layout = _layout(folder)
        if layout > LAYOUT:
            raise NotReady(variant="later", folder=str(folder))
        if layout < LAYOUT:
            # All of it was made from the pack, which enters the ledger now.
            for name in _DERIVED_IN_1:
                shutil.rmtree(folder / name, ignore_errors=True)
            _log.info("data folder brought to layout %s: %s", LAYOUT, folder)
        _write(folder / _FILE)
    except OSError as error:
        raise NotReady(reason=f"{folder}: {error.strerror or error}") from error


def _write(file: Path) -> None:
    """Says which layout it is, where that is not said yet: a full disk need not stop a start."""
    said = json.dumps({"layout": LAYOUT, "digest": _digest(LAYOUT)}) + "\n"
    if not file.exists() or file.read_bytes() != said.encode("utf-8"):
        file.write_text(said, encoding="utf-8")


def _layout(folder: Path) -> int:
    try:
        said = (folder / _FILE).read_bytes()
    except FileNotFoundError:
        older = any((folder / name).exists() for name in _DERIVED_IN_1)
        return 1 if older else LAYOUT
    try:
        return _number_in(said)
    except (ValueError, KeyError, TypeError) as error:
        # A power cut may have cut it short; everything but the ledger is made again.
        _log.warning("%s says nothing: %s", folder / _FILE, error)
        return LAYOUT


def _number_in(said: bytes) -> int:
    read = json.loads(said)
    layout = int(read["layout"])
    # One flipped bit makes another number of a 2, and a later version of this one.
    if read.get("digest", _digest(layout)) != _digest(layout):
        raise ValueError("the number is not the one that was written")
    return layout


def _digest(layout: int) -> str:
    return hashlib.sha256(str(layout).encode("ascii")).hexdigest()
