"""The use case "give what stands at this IRI": things, graphs, terms, shapes and the dataset."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from rdflib import DCTERMS, SKOS, VOID, Graph, URIRef

from jalon.content.turtle import named_blank_nodes
from jalon.errors import NotFound
from jalon.exchange.context import Context, Trait, context_of
from jalon.exchange.jsonld import context_document
from jalon.exchange.service_description import SD, Offer, service_description
from jalon.exchange.void import Part, Served, dataset_description
from jalon.services.asking import Asking
from jalon.services.census import Census, GraphNote, parts_of
from jalon.services.describing import Describing, Description
from jalon.services.documents import JSON_LD, Document, Wanted, Words, left_out, written
from jalon.services.history import AsOf, History, release_number
from jalon.services.keeping import Keeping
from jalon.services.publication import WHOLES, Publication
from jalon.store.port import MEGABYTE, Dataset
from jalon.store.releases import Releases
from jalon.terms import AP

THINGS, DOCUMENTS, DATASET, ENDPOINT = "id/", "doc/", ".well-known/void", "sparql"
UPDATE = "update"
"""Where things, documents about them, the description of the dataset and queries have their place
below a base."""

COLLECTIONS = (AP.ofPlan, SKOS.inScheme)
"""The properties that say of what whole a thing is an item."""


RELEASES = 8
"""Of how many releases the context and the notes on graphs are kept."""


def _one(_: object) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Kept:
    """What has been found and written, of whichever release: each key begins with its identity."""

    documents: Keeping[Document] = field(
        default_factory=lambda: Keeping(64 * MEGABYTE, lambda document: len(document.body))
    )
    descriptions: Keeping[Description] = field(
        default_factory=lambda: Keeping(100_000, lambda description: len(description.said))
    )
    known: Keeping[str] = field(default_factory=lambda: Keeping(10_000, _one))
    contexts: Keeping[Context] = field(default_factory=lambda: Keeping(RELEASES, _one))
    notes: Keeping[Mapping[str, GraphNote]] = field(default_factory=lambda: Keeping(RELEASES, _one))


@dataclass(frozen=True, slots=True)
class LinkedData:
    """The linked data of every release. Without ``history`` there is one, and no time is known."""

    asking: Asking
    publication: Publication
    releases: Releases
    history: History | None = None
    _kept: Kept = field(default_factory=Kept)

    async def at(self, written: str | None = None) -> Reading:
        """What one release says, by its number as somebody wrote it; the newest without one.

        It stands ready then. Raises ReleaseUnknown or ReleaseTooCostly, or NotReady before there
        is a release.
        """
        snapshot = current = self.releases.current
        newest = current.stamp.number
        if written is not None:
            snapshot = await self.releases.at(release_number(written, newest))
        stamp = snapshot.stamp
        as_of = AsOf(
            number=stamp.number,
            identity=stamp.identity,
            digest=stamp.commit,
            newest=max(newest, stamp.number),
            asked=written is not None,
            time=await self.history.time(stamp.number) if self.history else None,
        )
        asking = self.asking.of(as_of.number)
        return Reading(asking, self.publication, as_of, self._kept, self.history)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one release says, and no other, however many are made meanwhile.

    Paths are those of IRIs below the base of the pack, or of the core layer. Every method raises
    NotFound where nothing stands at a path, and a QueryError as the store does.
    """

    asking: Asking
    publication: Publication
    as_of: AsOf
    kept: Kept
    history: History | None = None

    async def find(self, path: str) -> str:
        """The IRI of what something is said of at a path."""
        return await self.kept.known.get(self._key(path), lambda: self._find(path))

    async def describe(self, path: str) -> Description:
        """The description of the thing at a path: all that a page about it needs."""
        return await self.kept.descriptions.get(self._key(path), lambda: self._describe(path))

    async def graph_notes(self) -> Mapping[str, GraphNote]:
        """The titles and licences of every named graph, by its IRI."""
        return await self.kept.notes.get(self._key(), Census(self.asking).graph_notes)

    async def context(self) -> bytes:
        """The JSON-LD context of all terms, as it is served."""
        return context_document(await self._context())

    async def thing(self, path: str, wanted: Wanted) -> Document:
        """The document that describes the thing at a path."""
        key = self._key(path, wanted)
        return await self.kept.documents.get(key, lambda: self._thing(path, wanted))

    async def graph(self, path: str, wanted: Wanted) -> Document:
        """All triples of the named graph at a path."""
        iri = self.publication.bases[0] + path
        key = self._key(path, wanted)
        return await self.kept.documents.get(key, lambda: self._graph(iri, iri, wanted))

    async def vocabulary(self, path: str, wanted: Wanted) -> Document:
        """All terms at ``def``, all shapes at ``shapes``; below these, a document about some."""
        key = self._key(path, wanted)
        return await self.kept.documents.get(key, lambda: self._vocabulary(path, wanted))

    async def dataset(self, path: str, wanted: Wanted) -> Document:
        """The VoID description of what is served, counted once."""
        if path != DATASET:
            raise NotFound(path=f"/{path[:200]}")
        key = self._key(DATASET, wanted)
        return await self.kept.documents.get(key, lambda: self._dataset(wanted))

    async def service(self, wanted: Wanted, *, updates: bool) -> Document:
        """The description of the SPARQL service; with ``updates``, of that for updates, too."""
        key = self._key(ENDPOINT, wanted, updates)
        return await self.kept.documents.get(key, lambda: self._service(wanted, updates))

    async def home(self, path: str) -> str | None:
        """The path of the document that declares what is at a path, where that is another.

        The documents about some terms are those of the pack that is served: in a release with
        another one, the document about all of them is the only one.
        """
        publication = self.publication
        home = publication.homes.get(path)
        if (home or path) in publication.modules and not await self._has_pack():
            return next(whole for whole in WHOLES if path.startswith(f"{whole}/"))
        return None if home == path else home

    async def _find(self, path: str) -> str:
        describing = Describing(self.asking)
        for base in self.publication.bases:
            if await describing.known(base + path):
                return base + path
        raise NotFound(path=f"/{path[:200]}")

    async def _describe(self, path: str) -> Description:
        describing = Describing(self.asking)
        for base in self.publication.bases:
            with suppress(NotFound):
                return await describing.describe(base + path)
        raise NotFound(path=f"/{path[:200]}")

    async def _has_pack(self) -> bool:
        """Whether the release has the pack that is served; so has the newest."""
        if self.history is None or not self.as_of.is_older:
            return True
        return await self.history.has_pack(self.as_of.number, self.publication.digest)

    def _key(self, *parts: Hashable) -> Hashable:
        return (self.as_of.identity, *parts)

    async def _context(self) -> Context:
        return await self.kept.contexts.get(self._key(), self._found_context)

    async def _found_context(self) -> Context:
        rows = await self.asking.rows("properties")
        traits = [Trait(str(row["term"]), str(row["kind"])) for row in rows]
        return context_of(traits, self.publication.prefixes)

    async def _words(self, wanted: Wanted) -> Words:
        """What writing takes; the context is found for the one syntax that uses it."""
        nested = wanted.syntax == JSON_LD
        context = await self._context() if nested else Context({}, {})
        return Words(self.publication.prefixes, context)

    async def _thing(self, path: str, wanted: Wanted) -> Document:
        description = await self.describe(path)
        thing = description.thing
        document = thing.removesuffix(path) + DOCUMENTS + path.removeprefix(THINGS)
        triples = description.shown() + left_out(description, document)
        wholes = [value for each in COLLECTIONS for value in description.values(thing, each)]
        return Document(
            body=await written(triples, wanted, await self._words(wanted), thing, nested=True),
            about=thing,
            types=description.types(),
            licenses=await self._licenses(description.graphs()),
            collections=tuple(str(whole) for whole in wholes),
        )

    async def _graph(self, graph: str, header: str, wanted: Wanted) -> Document:
        rows = await self.asking.rows("graph", Dataset(named=(graph,)), graph=graph)
        if not rows:
            raise NotFound(path=graph[:200])
        triples = Graph(bind_namespaces="none")
        for row in rows:
            triples.add((row["subject"], row["property"], row["value"]))
        return await self._listing(triples, header, wanted, await self._licenses([graph]))

    async def _vocabulary(self, path: str, wanted: Wanted) -> Document:
        publication = self.publication
        whole = publication.wholes.get(path)
        if whole is not None:
            graph = publication.bases[0] + WHOLES[whole]
            return await self._graph(graph, publication.bases[-1] + whole, wanted)
        module = publication.modules.get(path)
        if module is None or not await self._has_pack():
            raise NotFound(path=f"/{path[:200]}")
        stated = module.triples.objects(URIRef(module.iri), DCTERMS.license)
        licenses = tuple(sorted(str(each) for each in stated))
        return await self._listing(module.triples, module.iri, wanted, licenses)

    async def _listing(
        self, triples: Graph, header: str, wanted: Wanted, licenses: tuple[str, ...]
    ) -> Document:
        """A document of many things; its blank nodes are called the same every time."""
        named = await asyncio.to_thread(named_blank_nodes, triples, "b")
        body = await written(named, wanted, await self._words(wanted), URIRef(header), nested=False)
        return Document(body, header, licenses=licenses)

    async def _dataset(self, wanted: Wanted) -> Document:
        base = self.publication.bases[0]
        notes = await self.graph_notes()
        counts = await Census(self.asking).counts()
        licenses = tuple(sorted({each for note in notes.values() for each in note.licenses}))
        whole = Part(f"{base}{DATASET}#dataset", self.publication.titles, licenses, counts[""])
        served = Served(base + DATASET, wanted.address(ENDPOINT), base + THINGS)
        parts = parts_of(counts, notes, base, wanted.address)
        triples = dataset_description(whole, parts, served, self.publication.prefixes)
        body = await written(
            triples, wanted, await self._words(wanted), URIRef(whole.iri), nested=True
        )
        return Document(body, whole.iri, (str(VOID.Dataset),), licenses)

    async def _service(self, wanted: Wanted, updates: bool) -> Document:
        rows = await self.asking.rows("named", Dataset())
        offer = Offer(
            endpoint=wanted.address(ENDPOINT),
            update=wanted.address(UPDATE) if updates else None,
            graphs=tuple(str(row["graph"]) for row in rows),
            dataset=wanted.address(DATASET),
        )
        about = URIRef(f"{offer.endpoint}#service")
        words = await self._words(wanted)
        body = await written(service_description(offer), wanted, words, about, nested=False)
        return Document(body, str(about), (str(SD.Service),))

    async def _licenses(self, graphs: Iterable[str]) -> tuple[str, ...]:
        notes = await self.graph_notes()
        stated = {each for graph in graphs if graph in notes for each in notes[graph].licenses}
        return tuple(sorted(stated))
