"""Frames: what the service and a worker process say to each other over one socket.

A frame is its kind (one byte), the length of its content (four bytes), and the content. The
worker says READY once; then, for each JOB, one HEADER, any number of CHUNK, and one END. What
comes without its END is not complete.
"""

from __future__ import annotations

import struct

JOB = b"J"
READY = b"R"
HEADER = b"H"
CHUNK = b"C"
END = b"E"

MOST_BYTES = 1024 * 1024
"""The most that a frame of a worker may hold; one that claims more is broken."""

_HEAD = struct.Struct(">cI")
HEAD_BYTES = _HEAD.size


class FrameBroken(Exception):
    """What was read is no frame."""


_TERMS = struct.Struct(">I")
_WEAR = struct.Struct(">Qd")


def packed_job(terms: bytes, text: str) -> bytes:
    """The content of a JOB: what many jobs have in common, as JSON, and the query."""
    return _TERMS.pack(len(terms)) + terms + text.encode("utf-8")


def unpacked_job(content: bytes) -> tuple[bytes, str]:
    """The two parts of ``packed_job``."""
    end = _TERMS.size + _TERMS.unpack_from(content)[0]
    return content[_TERMS.size : end], content[end:].decode("utf-8")


def packed_wear(memory: int, seconds: float) -> bytes:
    """The content of an END: bytes of address space, and seconds of processor time in all."""
    return _WEAR.pack(memory, seconds)


def unpacked_wear(content: bytes) -> tuple[int, float]:
    """The two parts of ``packed_wear``."""
    memory, seconds = _WEAR.unpack(content)
    return memory, seconds


def framed(kind: bytes, content: bytes | bytearray) -> bytes:
    """A frame as it is sent."""
    return _HEAD.pack(kind, len(content)) + content


def read_head(head: bytes | bytearray) -> tuple[bytes, int]:
    """The kind of a frame, and how many bytes its content has."""
    kind, size = _HEAD.unpack_from(head)
    return kind, size


class FrameReader:
    """Puts frames together from pieces as they arrive."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """The frames that this piece completes: kind and content of each.

        Raises FrameBroken where one claims to be larger than any may be.
        """
        pending = self._pending
        pending += data
        found: list[tuple[bytes, bytes]] = []
        start = 0
        while len(pending) - start >= HEAD_BYTES:
            kind, size = _HEAD.unpack_from(pending, start)
            if size > MOST_BYTES:
                raise FrameBroken
            end = start + HEAD_BYTES + size
            if end > len(pending):
                break
            found.append((kind, bytes(pending[start + HEAD_BYTES : end])))
            start = end
        del pending[:start]
        return found
