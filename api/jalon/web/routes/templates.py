"""/templates: the spreadsheets that people fill in."""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

import jalon
from jalon.errors import LANGUAGES, BadRequest, NotFound
from jalon.exchange.sheets.formats import CSV, SHEETS, XLSX
from jalon.exchange.sheets.writing import written
from jalon.services.keeping import Keeping
from jalon.services.rights import is_organisation
from jalon.services.templates import Templates, Wanted
from jalon.store.port import MEGABYTE
from jalon.web.connection import CLIENT_GONE, preflight_headers, while_connected
from jalon.web.negotiation import choose_language
from jalon.web.representations import EXPOSED, holds, sent

METHODS = "GET, HEAD, OPTIONS"
KEPT_BYTES = 16 * MEGABYTE
"""So many bytes of sheets are kept for who asks for the same."""

BESIDE = "+"
"""What stands between the names of classes whose sheets come in one workbook."""

Handler = Callable[..., Awaitable[Response]]


class TemplateView(BaseModel):
    """A class that there is a spreadsheet of, and where that is."""

    name: str
    iri: str
    label: Mapping[str, str]
    path: str


class TemplateList(BaseModel):
    """Every class that there is a spreadsheet of, by name."""

    templates: list[TemplateView]


def add_templates(app: FastAPI, templates: Templates) -> None:
    """Adds /templates, /templates/{name}.xlsx and /templates/{name}.csv."""
    routes = _Routes(templates)
    said = tomllib.loads(files("jalon.web").joinpath("templates.toml").read_text("utf-8"))
    handlers: dict[str, tuple[Handler, dict[str, Any]]] = {
        "/templates": (routes.listing, {"model": TemplateList}),
        "/templates/{name}": (routes.one, {"content": {XLSX: {}, CSV: {}}}),
    }
    for path, (handler, answer) in handlers.items():
        app.add_api_route(
            path,
            handler,
            openapi_extra=said[path],
            response_class=Response,
            responses={200: answer},
        )
        app.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
        app.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)


async def _preflight() -> Response:
    return Response(status_code=204, headers=preflight_headers(METHODS))


class _Routes:
    """The handlers, each for GET and HEAD."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._kept: Keeping[bytes] = Keeping(KEPT_BYTES, len)

    async def listing(self, request: Request) -> Response:
        """Every class that there is a sheet of."""
        models = await self._templates.models(self._templates.stamp)
        query = f"?lang={language_of(request)}"
        view = TemplateList(
            templates=[
                TemplateView(
                    name=name,
                    iri=model.iri,
                    label=model.labels,
                    path=f"/templates/{name}.xlsx{query}",
                )
                for name, model in models.items()
            ]
        )
        body = view.model_dump_json().encode()
        return _answered(request, _tag(body), body, "application/json", {})

    async def one(self, request: Request, name: str) -> Response:
        """The sheet of a class, or those of several in one workbook."""
        path = PurePath(name)
        media_type = SHEETS.get(path.suffix)
        names = tuple(path.stem.split(BESIDE))
        if media_type is None or (media_type == CSV and len(names) > 1):
            raise NotFound(path=f"templates/{name}"[:200])
        wanted = Wanted(names, language_of(request), _organisation(request))
        parts = (self._templates.stamp.identity, name, wanted.language, wanted.organisation)
        tag = _tag("\n".join(parts).encode())
        if holds(request, tag):
            return Response(status_code=304, headers=_headers(tag))
        made = await while_connected(
            request, self._kept.get(tag, lambda: self._made(wanted, media_type))
        )
        if made is None:
            return Response(status_code=CLIENT_GONE)
        described = "-".join(filter(None, (path.stem, wanted.organisation, wanted.language)))
        # Both are names that were found: nothing else of a request stands in a header.
        file = {"Content-Disposition": f'attachment; filename="{described}{path.suffix}"'}
        return _answered(request, tag, made, media_type, file)

    async def _made(self, wanted: Wanted, media_type: str) -> bytes:
        templates = await self._templates.filled(wanted)
        return await asyncio.to_thread(written, templates, media_type)


def language_of(request: Request) -> str:
    """The language asked for, else the one that the client prefers. Raises BadRequest."""
    asked = request.query_params.get("lang")
    if asked is None:
        return choose_language(request.headers.get("accept-language", ""))
    if asked not in LANGUAGES:
        raise BadRequest(variant="language", found=asked[:100], available=", ".join(LANGUAGES))
    return asked


def _organisation(request: Request) -> str:
    said = request.query_params.get("organisation", "")
    if said and not is_organisation(said):
        raise BadRequest(variant="organisation")
    return said


def _answered(
    request: Request, tag: str, body: bytes, media_type: str, more: Mapping[str, str]
) -> Response:
    if holds(request, tag):
        return Response(status_code=304, headers=_headers(tag))
    return sent(request, body, media_type, {**_headers(tag), **more})


def _headers(tag: str) -> dict[str, str]:
    return {**EXPOSED, "ETag": tag, "Vary": "Accept-Language"}


def _tag(content: bytes) -> str:
    digest = hashlib.sha256(jalon.__version__.encode() + b"\n" + content)
    return f'"{digest.hexdigest()[:32]}"'
