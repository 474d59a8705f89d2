"""The use case "fill in a sheet": which sheets there are, and what stands on them now."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rdflib import SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from jalon.errors import LANGUAGES, NotFound, SheetTooLarge
from jalon.exchange.sheets.model import STRING, Column, Field, Model, Texts, Value
from jalon.exchange.sheets.room import fitted
from jalon.exchange.sheets.shaping import models_of
from jalon.exchange.sheets.template import MOST_SHEETS, Row, Template, columns_of
from jalon.exchange.sheets.values import Manner
from jalon.services.asking import Asking
from jalon.services.choosing import choices_of
from jalon.services.keeping import Keeping
from jalon.store.releases import Releases
from jalon.store.snapshot import Stamp
from jalon.terms import SHAPES_GRAPH, SUBMITTED_GRAPHS

MOST_ROWS = 5_000
"""Of so many things a file may be: one of five thousand takes some seconds to be written."""

AT_ONCE = 1_000
"""Of so many things values are asked for at once."""

RELEASES = 4
"""Of how many releases the models are kept."""

Models = Mapping[str, Model]
"""What sheets have, by the names of their classes."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The sheets of classes in a language, of all their things or of an organisation's own."""

    names: tuple[str, ...]
    language: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What is shown in the places of a thing: values by property, and graphs by property."""

    values: Mapping[str, tuple[Value, ...]]
    graphs: Mapping[str, Mapping[Value, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Templates:
    """Makes sheets of releases. Methods raise a QueryError as the store does."""

    asking: Asking
    releases: Releases
    _kept: Keeping[Models] = field(default_factory=lambda: Keeping(RELEASES, lambda _: 1))

    @property
    def stamp(self) -> Stamp:
        """The newest release. Raises NotReady before there is one."""
        return self.releases.current.stamp

    async def models(self, stamp: Stamp) -> Models:
        """What the sheets of a release have, by the names of their classes, in their order."""
        return await self._kept.get(stamp.identity, lambda: self._models(stamp))

    async def filled(self, wanted: Wanted, release: int | None = None) -> tuple[Template, ...]:
        """Sheets of a release, in the order of their names; without one, of the newest.

        Raises NotFound for a class or an organisation that there is none of, and for a class that
        is named twice or too many; SheetTooLarge for more than a file has room for.
        """
        stamp = self.stamp
        number = stamp.number if release is None else min(release, stamp.number)
        models = await self.models(stamp)
        names = wanted.names
        is_known = 0 < len(set(names)) == len(names) <= MOST_SHEETS and set(names) <= set(models)
        if not is_known:
            raise NotFound(path=f"templates/{'+'.join(names)}"[:200])
        of = replace(stamp, number=number)
        things = [await self._things(models[name], wanted, of) for name in names]
        if sum(map(len, things)) > MOST_ROWS:
            raise SheetTooLarge(variant="rows", limit=MOST_ROWS)
        made = [
            await self._template(models[name], own, wanted, of)
            for name, own in zip(names, things, strict=True)
        ]
        return await asyncio.to_thread(fitted, made)

    async def _template(
        self, model: Model, things: Sequence[str], wanted: Wanted, of: Stamp
    ) -> Template:
        asking = self.asking.of(of.number)
        said = await said_of(asking, things)
        used = {str(row["property"]) for row in await asking.rows("template-used", kind=model.iri)}
        full = model.with_others(used.union(*(each.values for each in said.values())))
        choices = await choices_of(asking, full, wanted.language, of.base)
        columns = columns_of(full, _languages(full, said.values(), wanted.language))
        return Template(
            model=full,
            manner=Manner.of(wanted.language, of.base, choices),
            organisation=wanted.organisation,
            release=of.number,
            columns=columns,
            rows=tuple(_row(thing, said[thing], columns, of.base) for thing in things),
        )

    async def _models(self, stamp: Stamp) -> Models:
        asking = self.asking.of(stamp.number)
        shapes = Graph()
        for row in await asking.rows("graph", graph=f"{stamp.base}{SHAPES_GRAPH}"):
            shapes.add((row["subject"], row["property"], row["value"]))
        first = await asyncio.to_thread(models_of, shapes, {})
        above: dict[str, set[str]] = defaultdict(set)
        names: dict[str, dict[str, str]] = defaultdict(dict)
        kinds: dict[str, str] = {}
        classes = [model.iri for model in first.values()]
        for row in await asking.rows_for("template-classes", "class", classes):
            iri = str(row["class"])
            if "above" in row:
                above[iri].add(str(row["above"]))
            elif "first" in row:
                kinds[iri] = _kind(str(row["first"]), str(row["last"]), stamp.base)
            elif isinstance(name := row.get("name"), Literal):
                names[iri][name.language or ""] = str(name)
        definitions = await _definitions(asking)
        known = {iri: frozenset(each) for iri, each in above.items()}
        models = await asyncio.to_thread(models_of, shapes, known)
        return {
            name: replace(
                model,
                labels=names.get(model.iri) or model.labels,
                kind=kinds.get(model.iri) or model.kind,
                fields=tuple(_defined(each, definitions) for each in model.fields),
                others=tuple(_defined(each, definitions) for each in model.others),
            )
            for name, model in models.items()
        }

    async def _things(self, model: Model, wanted: Wanted, of: Stamp) -> Sequence[str]:
        asking, organisation, base = self.asking.of(of.number), wanted.organisation, of.base
        if not organisation:
            rows = await asking.rows("template-things", kind=model.iri)
        else:
            iri = f"{base}id/organisation/{organisation}"
            if not await asking.rows("known", thing=iri):
                raise NotFound(path=f"id/organisation/{organisation}"[:200])
            own = f"{base}{SUBMITTED_GRAPHS}{organisation}"
            rows = await asking.rows("template-own", kind=model.iri, organisation=iri, own=own)
        things = [str(row["thing"]) for row in rows]
        return [thing for thing in things if thing.startswith(f"{base}id/")]


async def _definitions(asking: Asking) -> Mapping[str, Texts]:
    """What the properties of our ontologies mean, by their IRIs."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in await asking.rows("terms"):
        value = row["value"]
        if row["property"] == SKOS.definition and isinstance(value, Literal) and value.language:
            found[str(row["term"])][value.language] = str(value)
    return found


def _defined(field_: Field, definitions: Mapping[str, Texts]) -> Field:
    """A field that is explained by what its property means, then by its rules."""
    meaning = definitions.get(field_.property, {})
    texts = {
        language: "\n".join(
            dict.fromkeys(each[language] for each in (meaning, field_.help) if language in each)
        )
        for language in {*meaning, *field_.help}
    }
    return replace(field_, help=texts)


async def said_of(asking: Asking, things: Sequence[str]) -> dict[str, Said]:
    """What is shown of things, by their IRIs. Raises as Asking."""
    values: dict[str, dict[str, dict[Value, None]]] = {}
    graphs: dict[str, dict[str, dict[Value, list[str]]]] = {}
    for thing in things:
        values[thing] = defaultdict(dict)
        graphs[thing] = defaultdict(lambda: defaultdict(list))
    for start in range(0, len(things), AT_ONCE):
        some = things[start : start + AT_ONCE]
        for row in await asking.rows_for("template-values", "thing", some):
            thing, name, value = str(row["thing"]), str(row["property"]), value_of(row["value"])
            values[thing][name][value] = None
            if "graph" in row:
                graphs[thing][name][value].append(str(row["graph"]))
    return {
        thing: Said(
            {name: tuple(found) for name, found in values[thing].items()},
            {
                name: {value: tuple(stating) for value, stating in found.items()}
                for name, found in graphs[thing].items()
            },
        )
        for thing in things
    }


def value_of(term: Node) -> Value:
    """A term as sheets have it."""
    if isinstance(term, Literal):
        tag = f"@{term.language}" if term.language else str(term.datatype or STRING)
        return Value(str(term), tag)
    # A blank node is no IRI that a cell could hold.
    return Value(str(term)) if isinstance(term, URIRef) else Value(str(term), "_")


def _row(thing: str, said: Said, columns: Iterable[Column], base: str) -> Row:
    values: dict[str, tuple[Value, ...]] = {}
    graphs: dict[str, tuple[str, ...]] = {}
    for column in columns:
        name = column.field.property
        here = tuple(value for value in said.values.get(name, ()) if column.takes(value))
        if here:
            values[column.key] = here
            stating = said.graphs.get(name, {})
            found = {graph.removeprefix(base) for value in here for graph in stating.get(value, ())}
            graphs[column.key] = tuple(sorted(found))
    return Row(thing, values, graphs)


def _languages(model: Model, said: Iterable[Said], first: str) -> tuple[str, ...]:
    """English and French, the language of the sheet first, and what else there is a phrase in."""
    phrases = {each.property for each in model.fields if each.kind == "phrase"}
    more = {
        value.language
        for one in said
        for name in phrases
        for value in one.values.get(name, ())
        if value.language
    }
    ours = sorted(LANGUAGES, key=lambda each: each != first)
    return (*ours, *sorted(more.difference(LANGUAGES)))


def _kind(first: str, last: str, base: str) -> str:
    """How the things between two name their kind; empty where not all do alike, below this base."""
    start = f"{base}id/"
    kinds = {iri.removeprefix(start).partition("/")[0] for iri in (first, last)}
    return kinds.pop() if len(kinds) == 1 and first.startswith(start) else ""
