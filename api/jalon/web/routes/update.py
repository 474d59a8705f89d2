"""/update: the SPARQL 1.1 Protocol for updates."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import FastAPI, Request, Response

from jalon.services.writing import Write, Writing
from jalon.validation.documents import Document
from jalon.validation.edits import SPARQL_UPDATE, Edit
from jalon.web.answers import RELEASE
from jalon.web.connection import client_of, preflight_headers
from jalon.web.problems import OPEN
from jalon.web.requests import MESSAGE, message_of, read_update

PATH = "/update"
SOURCE = "http:update"
METHODS = "OPTIONS, POST"


def add_update(app: FastAPI, routes: UpdateRoutes) -> None:
    """Adds the route of updates."""
    said = tomllib.loads(files("jalon.web").joinpath("update.toml").read_text("utf-8"))
    app.add_api_route(
        PATH,
        routes.update,
        methods=["POST"],
        openapi_extra=said["post"],
        response_class=Response,
        name="update",
    )
    app.add_api_route(PATH, routes.preflight, methods=["OPTIONS"], include_in_schema=False)


@dataclass(frozen=True, slots=True)
class UpdateRoutes:
    """The handlers; bodies up to ``upload_limit`` bytes."""

    writing: Writing
    upload_limit: int

    async def update(self, request: Request) -> Response:
        """One update: made as a whole, whether or not its client waits for it."""
        writing = self.writing
        grant = await writing.admit(request.headers.get("authorization"), client_of(request))
        async with writing.attempt(grant, SOURCE) as attempt:
            writing.check(grant)
            asked = await read_update(request, self.upload_limit)
            edit = Edit(
                kind="update",
                graph=None,
                documents=(Document("data", asked.text, SPARQL_UPDATE),),
                default_graphs=asked.default_graphs,
                named_graphs=asked.named_graphs,
            )
            attempt.written = written = await writing.write(
                Write(edit=edit, grant=grant, message=message_of(request), source=SOURCE)
            )
        headers = {
            **OPEN,
            "Access-Control-Expose-Headers": RELEASE,
            RELEASE: str(written.release),
        }
        return Response(status_code=204, headers=headers)

    async def preflight(self) -> Response:
        """Any page may ask, with a token that it was given."""
        headers = preflight_headers(METHODS)
        allowed = headers["Access-Control-Allow-Headers"]
        headers["Access-Control-Allow-Headers"] = f"{allowed}, Authorization, {MESSAGE}"
        return Response(status_code=204, headers=headers)
