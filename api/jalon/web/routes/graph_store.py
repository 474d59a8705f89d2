"""/rdf-graph-store: the SPARQL 1.1 Graph Store Protocol, graphs named by the query string."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from fastapi import FastAPI, Request, Response

from jalon.errors import BadRequest, JalonError, NotAcceptable, NoTargetGraph, NotFound
from jalon.services.graphs import SHOWN_CHARACTERS, Graphs, graph_named
from jalon.services.writing import ANY, Condition, Write, Writing, Written
from jalon.store.port import GRAPH_FORMATS
from jalon.validation.documents import Document
from jalon.validation.edits import SPARQL_UPDATE, Edit, Kind
from jalon.web.addresses import root_of
from jalon.web.answers import RELEASE, answered
from jalon.web.connection import client_of, preflight_headers
from jalon.web.negotiation import choose_format
from jalon.web.problems import OPEN
from jalon.web.requests import (
    MESSAGE,
    Parameters,
    message_of,
    parameters_in,
    read_body,
    release_in,
    said_type,
)
from jalon.web.uploads import read_files

PATH = "/rdf-graph-store"
SOURCE = "http:graph-store"
POSTED = "graph/posted/"
"""Under the base of the pack, the graphs that were made without a name."""

READS = ("GET", "HEAD", "OPTIONS")
KINDS: Mapping[str, Kind] = {
    "PUT": "replace",
    "POST": "add",
    "PATCH": "update",
    "DELETE": "remove",
}

_TAG = re.compile(r'(W/)?"([^"]*)"')


def add_graph_store(app: FastAPI, routes: GraphStoreRoutes) -> None:
    """Adds the reading of graphs, and where there is somebody to write them, the writing."""
    said = tomllib.loads(files("jalon.web").joinpath("graph_store.toml").read_text("utf-8"))
    app.add_api_route(PATH, routes.read, openapi_extra=said["get"], response_class=Response)
    app.add_api_route(PATH, routes.read, methods=["HEAD"], include_in_schema=False)
    app.add_api_route(PATH, routes.preflight, methods=["OPTIONS"], include_in_schema=False)
    for method in KINDS if routes.writing else ():
        described = _described(said, method)
        app.add_api_route(
            PATH,
            routes.write,
            methods=[method],
            openapi_extra=described,
            response_class=Response,
            name=described["operationId"],
        )


@dataclass(frozen=True, slots=True)
class GraphStoreRoutes:
    """The handlers; bodies up to ``upload_limit`` bytes."""

    graphs: Graphs
    writing: Writing | None
    upload_limit: int
    public_url: str | None = None

    async def read(self, request: Request) -> Response:
        """A whole graph; 404 for one without triples, 304 to who has it."""
        release, parameters = release_in(parameters_in(bytes(request.scope["query_string"])))
        name = self._named(request, one_graph(parameters))
        accept = ", ".join(request.headers.getlist("accept"))
        wanted = choose_format(accept, GRAPH_FORMATS)
        if wanted is None:
            raise NotAcceptable(available=", ".join(each.media_type for each in GRAPH_FORMATS))
        graph = None if name is None else graph_named(name, self.graphs.base)
        # One release from here on: what is known in it is what is read of it.
        release = release or self.graphs.newest()
        if graph is not None and not await self._is_known(request, graph, release):
            raise NotFound(variant="graph", graph=graph[:SHOWN_CHARACTERS])
        question = self.graphs.question(graph, wanted, release)
        return await answered(request, self.graphs.questions, question)

    async def write(self, request: Request) -> Response:
        """One change to one graph: made as a whole, whether or not its client waits for it."""
        writing = self.writing
        if writing is None:
            raise RuntimeError("there is nobody to write")
        grant = await writing.admit(request.headers.get("authorization"), client_of(request))
        async with writing.attempt(grant, f"{SOURCE} {request.method}") as attempt:
            name = self._target(request)
            attempt.action += f" {name or '?default'}"[:SHOWN_CHARACTERS]
            graph = writing.target(grant, name)
            kind = KINDS[request.method]
            write = Write(
                edit=Edit(kind, graph, await self._documents(request, kind)),
                grant=grant,
                message=message_of(request),
                source=SOURCE,
                condition=condition_of(request),
            )
            attempt.written = written = await writing.write(write)
        return self._response(request, written, graph)

    def _target(self, request: Request) -> str | None:
        """The graph that is written to: a new one where something is posted to the store itself."""
        parameters = parameters_in(bytes(request.scope["query_string"]))
        if request.method == "POST" and not parameters:
            return f"{POSTED}{uuid4().hex}"
        return self._named(request, one_graph(parameters, NoTargetGraph()))

    def _named(self, request: Request, name: str | None) -> str | None:
        """The name of a graph, where it is given by the address that it has here, too."""
        start = f"{root_of(request, self.public_url)}{PATH}?graph="
        if name is None or not name.startswith(start):
            return name
        return unquote(name.removeprefix(start))

    async def _documents(self, request: Request, kind: Kind) -> tuple[Document, ...]:
        if kind == "remove":
            return ()
        if kind == "update":
            said_type(request, (SPARQL_UPDATE,))
            text = await read_body(request, self.upload_limit)
            return (Document("data", text, SPARQL_UPDATE),)
        return tuple(await read_files(request, self.upload_limit))

    async def preflight(self) -> Response:
        """Any page may ask, and write with a token that it was given."""
        methods = sorted((*READS, *KINDS) if self.writing else READS)
        headers = preflight_headers(", ".join(methods))
        allowed = headers["Access-Control-Allow-Headers"]
        headers["Access-Control-Allow-Headers"] = f"{allowed}, Authorization, If-Match, {MESSAGE}"
        return Response(status_code=204, headers=headers)

    async def _is_known(self, request: Request, graph: str, release: str) -> bool:
        return await self.graphs.holds_anything(graph, release, client_of(request))

    def _response(self, request: Request, written: Written, graph: str | None) -> Response:
        headers = {
            **OPEN,
            "Access-Control-Expose-Headers": f"{RELEASE}, Location",
            RELEASE: str(written.release),
        }
        if not written.created or graph is None:
            return Response(status_code=204, headers=headers)
        root = root_of(request, self.public_url)
        headers["Location"] = f"{root}{PATH}?graph={quote(graph, safe='')}"
        return Response(status_code=201, headers=headers)


def one_graph(parameters: Parameters, missing: JalonError | None = None) -> str | None:
    """The one graph that a query string names, as it is written; None for the default graph.

    Raises ``missing`` where it names none, and BadRequest where it does not name one.
    """
    graphs = [value for name, value in parameters if name == "graph"]
    defaults = [value for name, value in parameters if name == "default"]
    if missing is not None and not graphs and not defaults:
        raise missing
    if len(graphs) + len(defaults) != 1 or any(defaults):
        raise BadRequest(variant="target")
    return graphs[0] if graphs else None


def condition_of(request: Request) -> Condition:
    """What must hold of the graph: If-Match compares strongly, If-None-Match weakly."""
    match = request.headers.getlist("if-match")
    none_match = request.headers.getlist("if-none-match")
    return Condition(
        match=_tags(match, weak=False) if match else None,
        none_match=_tags(none_match, weak=True) if none_match else None,
    )


def _tags(values: Sequence[str], *, weak: bool) -> frozenset[str]:
    written = ", ".join(values).strip()
    if written == ANY:
        return frozenset({ANY})
    found = (match for match in _TAG.finditer(written) if weak or not match[1])
    return frozenset(match[2] for match in found) - {ANY}


def _described(said: Mapping[str, Any], method: str) -> dict[str, Any]:
    """What is said of a method: what is its own, and what all that write have in common."""
    described = {**said["write"], **said[method.lower()]}
    if method == "DELETE":
        del described["requestBody"]
    return described
