"""The use case "check what somebody sent": which graph it is for is decided here."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.errors import BadRequest
from jalon.services.graphs import graph_named
from jalon.store.shown import is_shown
from jalon.terms import SUBMITTED_GRAPHS
from jalon.validation.documents import Document
from jalon.validation.inspector import Inspection, Inspector, WrittenReport

ANONYMOUS_GRAPH = f"{SUBMITTED_GRAPHS}anonymous"
"""The graph that a document is for when nobody says which."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody sent: data, shapes of their own if any, and the graph the data is for.

    ``graph`` is an IRI, or a name that the base of the pack completes: ``graph/editorial``.
    """

    data: Document
    shapes: tuple[Document, ...] = ()
    graph: str | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """Checks documents by the rules of the pack, or by the rules that come with them."""

    inspector: Inspector

    async def check(self, sent: Submission, media_type: str, language: str) -> WrittenReport:
        """The complete report on what was sent, in a media type of ``writing``.

        The language is that of text and SARIF alone: other reports carry every language.
        By the pack's rules the data is added to its graph, and seen with everything that the pack
        shows; only results about the things that it speaks of are reported. By the sender's own
        rules it stands alone.

        Raises BadRequest for a graph that the rules do not see; else as Inspector.inspect.
        """
        inspection = Inspection(
            data=sent.data,
            graph=self._graph(sent),
            media_type=media_type,
            language=language,
            shapes=sent.shapes,
        )
        return await self.inspector.inspect(inspection)

    async def check_published(self, media_type: str, language: str) -> WrittenReport:
        """The complete report on all that is published, by its own shapes. Raises as check."""
        return await self.inspector.inspect(Inspection(None, "", media_type, language))

    def _graph(self, sent: Submission) -> str:
        base = self.inspector.releases.current.stamp.base
        graph = graph_named(sent.graph or ANONYMOUS_GRAPH, base)
        if not sent.shapes and not is_shown(graph, base):
            raise BadRequest(variant="graph-kind", graph=graph[:200], base=base)
        return graph
