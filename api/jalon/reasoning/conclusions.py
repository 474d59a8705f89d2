"""What an engine concluded, and the form in which it is handed over and kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import IO


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What cannot be true together, as the engine puts it; ``thing`` is "" where none is named."""

    thing: str
    message: str


@dataclass(frozen=True, slots=True)
class Conclusions:
    """What follows: ``ntriples`` is the useful part, sorted, of ``found`` triples.

    ``read`` is the number of asserted triples, ``seconds`` what the work took.
    """

    read: int
    found: int
    seconds: float
    contradictions: tuple[Contradiction, ...]
    ntriples: bytes

    @property
    def useful(self) -> int:
        """How many triples the useful part has."""
        return self.ntriples.count(b"\n")

    def written(self) -> tuple[bytes, bytes]:
        """A line of JSON, then the N-Triples; ``read_conclusions`` reads the two as one."""
        head = {
            "read": self.read,
            "found": self.found,
            "seconds": self.seconds,
            "contradictions": [asdict(each) for each in self.contradictions],
            "digest": hashlib.sha256(self.ntriples).hexdigest(),
        }
        return json.dumps(head).encode("utf-8") + b"\n", self.ntriples


def read_conclusions(content: IO[bytes]) -> Conclusions:
    """The conclusions that were written. Raises ValueError when the content is not complete."""
    head = json.loads(content.readline())
    ntriples = content.read()
    try:
        if head["digest"] != hashlib.sha256(ntriples).hexdigest():
            raise ValueError("the triples are not those that were written")
        return Conclusions(
            read=head["read"],
            found=head["found"],
            seconds=head["seconds"],
            contradictions=tuple(Contradiction(**each) for each in head["contradictions"]),
            ntriples=ntriples,
        )
    except (KeyError, TypeError) as error:
        raise ValueError("these are no conclusions") from error
