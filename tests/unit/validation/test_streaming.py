"""A text that is read while it is written, to its end or not."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import BinaryIO

import pytest
from pyoxigraph import NamedNode, Quad, Store

from jalon.validation.engines.streaming import streamed

LINES = 20_000


@pytest.fixture(scope="module")
def store() -> Store:
    made, name = Store(), NamedNode("http://p")
    made.extend(Quad(NamedNode(f"http://s/{each}"), name, name) for each in range(LINES))
    return made


def test_what_is_written_is_read(store: Store) -> None:
    def write(out: BinaryIO) -> None:
        for quad in store.quads_for_pattern(None, None, None):
            out.write(f"{quad} .\n".encode())

    assert streamed(write, lambda path: Path(path).read_bytes().count(b"\n")) == LINES


@pytest.mark.parametrize("read_bytes", [0, 100, 70_000, 500_000])
def test_who_stops_reading_ends_the_writing_in_its_own_thread(
    store: Store, read_bytes: int
) -> None:
    def write(out: BinaryIO) -> None:
        quads = store.quads_for_pattern(None, None, None)
        for quad in quads:
            out.write(f"{quad} .\n".encode())

    def read(path: str) -> None:
        with Path(path).open("rb") as file:
            file.read(read_bytes)
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        streamed(write, read)
    # It would tell of an iterator that ends in another thread, which is an error here.
    gc.collect()


def test_a_fault_of_who_writes_is_told(store: Store) -> None:
    def write(out: BinaryIO) -> None:
        quads = store.quads_for_pattern(None, None, None)
        out.write(f"{next(quads)} .\n".encode())
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        streamed(write, lambda path: Path(path).read_bytes())
    gc.collect()
