"""A text read by an engine as it is written: it stands in memory nowhere.

Engines read files piece by piece, and strings only whole. So the text goes through a pipe, which
has a name that ends as the names of such files do.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import clear_frames
from typing import TypeVar

from jalon.validation.port import Text

_PATIENCE = 0.01
"""Seconds."""

Made = TypeVar("Made")


class NoFolder(Exception):
    """Nowhere can the pipe be given a name."""


def streamed(text: Text, read: Callable[[str], Made]) -> Made:
    """What is read from the path of a file that holds a text in N-Triples, as it is written.

    The file can be read once, from its beginning. Raises NoFolder.
    """
    # Python looks for a folder that files can be written in, which this process may not.
    try:
        folder = TemporaryDirectory(prefix="jalon-", dir=os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 (made for nobody else)
    except OSError as error:
        raise NoFolder from error
    with folder as name, ThreadPoolExecutor(1) as pool:
        pipe = Path(name) / "data.nt"
        os.mkfifo(pipe)
        writing = pool.submit(_write, text, pipe)
        try:
            return read(str(pipe))
        finally:
            _let_go(pipe, writing)


def _let_go(pipe: Path, writing: Future[None]) -> None:
    """Ends the writing of a text that nobody reads any more, and tells of faults in it."""
    while not writing.done():
        # Who waits for a reader gets one, which leaves at once.
        os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        wait([writing], timeout=_PATIENCE)
    fault = writing.exception()
    if fault is not None and not isinstance(fault, BrokenPipeError):
        raise fault


def _write(text: Text, pipe: Path) -> None:
    try:
        with pipe.open("wb") as out:
            text(out)
    except BaseException as error:
        # Iterators of the index may end in no other thread than this. Where nobody reads, to close
        # the pipe is a fault of its own, beside the one before it.
        fault: BaseException | None = error
        while fault is not None:
            clear_frames(fault.__traceback__)
            fault = fault.__context__
        raise
