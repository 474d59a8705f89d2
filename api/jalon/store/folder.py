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
        (folder / _FILE).write_text(json.dumps({"layout": LAYOUT}) + "\n", encoding="utf-8")
    except OSError as error:
        raise NotReady(reason=f"{folder}: {error.strerror or error}") from error


def _layout(folder: Path) -> int:
    try:
        return int(json.loads((folder / _FILE).read_text(encoding="utf-8"))["layout"])
    except FileNotFoundError:
        older = any((folder / name).exists() for name in _DERIVED_IN_1)
        return 1 if older else LAYOUT
    except (ValueError, KeyError, TypeError) as error:
        # A power cut may have cut it short; everything but the ledger is made again.
        _log.warning("%s says nothing: %s", folder / _FILE, error)
        return LAYOUT
