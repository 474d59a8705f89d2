"""The use case "read a whole graph": which graph a name means, and how it is asked for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from jalon.errors import BadRequest
from jalon.services.asking import query_text
from jalon.services.questions import Question, Questions
from jalon.store.port import GRAPH_FORMATS, JSON_SOLUTIONS, ResultFormat
from jalon.store.releases import Releases

LONGEST_NAME = 1_000
"""Characters of the longest name of a graph; ours are below 100."""

SHOWN_CHARACTERS = 200

_ABSOLUTE_IRI = re.compile(r"""[A-Za-z][A-Za-z0-9+.\-]*:[^<>"{}|^`\\\x00-\x20]*""")


def is_absolute_iri(name: str) -> bool:
    """Whether a name is an absolute IRI, of a length that graphs have."""
    return len(name) <= LONGEST_NAME and _ABSOLUTE_IRI.fullmatch(name) is not None


def graph_named(name: str, base: str) -> str:
    """The IRI of a graph: an absolute IRI, or a name that a pack's base completes.

    Raises BadRequest where neither makes an IRI.
    """
    graph = name if _ABSOLUTE_IRI.fullmatch(name) else base + name
    if not name or len(graph) > LONGEST_NAME or not _ABSOLUTE_IRI.fullmatch(graph):
        raise BadRequest(variant="graph", graph=name[:SHOWN_CHARACTERS])
    return graph


@dataclass(frozen=True, slots=True)
class Graphs:
    """Reads graphs by the way of all questions. None stands for the graph that is shown."""

    questions: Questions
    releases: Releases

    @property
    def base(self) -> str:
        """What completes the names of graphs."""
        return self.releases.current.stamp.base

    def newest(self) -> str:
        """The number of the newest release, as questions name it."""
        return str(self.releases.current.stamp.number)

    def question(self, graph: str | None, wanted: ResultFormat, release: str) -> Question:
        """What to ask for a whole graph in a format; of the shown graph what is asserted."""
        return Question(
            text=query_text("whole"),
            default_graphs=() if graph is None else (graph,),
            solutions=None,
            graph=wanted,
            entailed=False,
            release=release,
        )

    async def holds_anything(self, graph: str, release: str, client: str = "") -> bool:
        """Whether a graph is known in a release: one without triples is not. Errors as a query."""
        question = Question(
            text=query_text("anything"),
            default_graphs=(graph,),
            solutions=JSON_SOLUTIONS,
            graph=None,
            release=release,
            client=client,
        )
        with await self.questions.answer(question) as answer:
            return bool(json.loads(await answer.read())["boolean"])

    async def tags(self, graph: str | None, release: str) -> frozenset[str]:
        """What names a graph as it is in a release, in each format; for ETags."""
        versions = [
            await self.questions.version(self.question(graph, each, release))
            for each in GRAPH_FORMATS
        ]
        return frozenset(version.tag for version in versions if version.tag is not None)
