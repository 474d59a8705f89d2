"""/releases: which there are, what one of them is, and what is different between two."""

from __future__ import annotations

import asyncio
import hashlib
import tomllib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

import jalon
from jalon.errors import BadRequest, NotAcceptable
from jalon.exchange.patch import rdf_patch
from jalon.services.differences import Difference, Past
from jalon.services.history import History, release_number
from jalon.store.port import ResultFormat
from jalon.web.addresses import root_of
from jalon.web.connection import CLIENT_GONE, preflight_headers, while_connected
from jalon.web.negotiation import choose_format
from jalon.web.release_views import (
    FullReleaseView,
    ReleaseList,
    difference_json,
    full_view,
    release_view,
)
from jalon.web.representations import EXPOSED, Site, holds, sent

METHODS = "GET, HEAD, OPTIONS"
JSON = ResultFormat("json", "application/json", "application/json")
PATCH = ResultFormat("rdfp", "application/rdf-patch", "application/rdf-patch; charset=utf-8")
USUAL, MOST = 50, 200
"""How many releases are listed at once, unless the client says how many, and at most."""

LONGEST_NUMBER = 18
"""Digits of a number that is read."""

Handler = Callable[..., Awaitable[Response]]
"""Takes a request, and the parts of its path by name."""


def add_releases(app: FastAPI, past: Past, site: Site) -> None:
    """Adds /releases, /releases/{number} and /releases/{first}..{second}."""
    routes = _Routes(past, site)
    said = tomllib.loads(files("jalon.web").joinpath("releases.toml").read_text("utf-8"))
    handlers: dict[str, tuple[Handler, dict[str, Any]]] = {
        "/releases": (routes.listing, {"model": ReleaseList}),
        # Before the next one, which would match as well.
        "/releases/{first}..{second}": (
            routes.difference,
            {"content": {each.media_type: {} for each in (JSON, PATCH)}},
        ),
        "/releases/{number}": (routes.one, {"model": FullReleaseView}),
    }
    for path, (handler, answer) in handlers.items():
        described: dict[int | str, dict[str, Any]] = {200: answer}
        app.add_api_route(
            path,
            handler,
            openapi_extra=said[path],
            response_class=Response,
            responses=described,
        )
        app.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False)
        app.add_api_route(path, _preflight, methods=["OPTIONS"], include_in_schema=False)


async def _preflight() -> Response:
    return Response(status_code=204, headers=preflight_headers(METHODS))


class _Routes:
    """The handlers, each for GET and HEAD."""

    def __init__(self, past: Past, site: Site) -> None:
        self._past = past
        self._site = site

    async def listing(self, request: Request) -> Response:
        history = self._past.history
        _chosen(request, "", (JSON,))
        limit = _limit(request)
        found = await history.page(limit, before_of(request, history))
        last = found[-1].number if found else 1
        path = f"/releases?before={last}&limit={limit}" if last > 1 else None
        view = ReleaseList(
            newest=history.newest, releases=[release_view(each) for each in found], next=path
        )
        return self._json(request, view, {"next": path} if path else {})

    async def one(self, request: Request, number: str) -> Response:
        written, _ = _chosen(request, number, (JSON,))
        history = self._past.history
        release = await history.release(history.number(written))
        near = {
            "predecessor-version": release.number - 1,
            "successor-version": release.number + 1,
        }
        links = {
            relation: f"/releases/{each}"
            for relation, each in near.items()
            if 1 <= each <= history.newest
        }
        return self._json(request, full_view(release), links)

    async def difference(self, request: Request, first: str, second: str) -> Response:
        written, wanted = _chosen(request, second, (JSON, PATCH))
        pair = pair_of(self._past.history, first, written)
        digests = [(await self._past.history.release(each)).commit.digest for each in pair]
        root = root_of(request, self._site.public_url)
        path = f"{root}/releases/{pair[0]}..{pair[1]}.{wanted.name}"
        tag = tag_of(jalon.__version__.encode(), path.encode(), *map(str.encode, digests))
        headers = {**EXPOSED, "Content-Location": path, "ETag": tag, "Vary": "Accept"}
        if holds(request, tag):
            return Response(status_code=304, headers=headers)
        comparing = self._past.differences.between(*pair)
        found = await while_connected(request, comparing)
        if found is None:
            return Response(status_code=CLIENT_GONE)
        body = await asyncio.to_thread(_written, wanted, root, pair, found)
        return sent(request, body, wanted.content_type, headers)

    def _json(self, request: Request, view: BaseModel, links: dict[str, str]) -> Response:
        body = view.model_dump_json(by_alias=True).encode()
        root = root_of(request, self._site.public_url)
        headers = {**EXPOSED, "ETag": tag_of(body), "Vary": "Accept"}
        if links:
            written = (f'<{root}{path}>; rel="{relation}"' for relation, path in links.items())
            headers["Link"] = ", ".join(written)
        if holds(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return sent(request, body, JSON.content_type, headers)


def pair_of(history: History, first: str, second: str) -> tuple[int, int]:
    """Two releases that there are, by their numbers. Raises ReleaseUnknown."""
    return history.number(first), history.number(second)


def before_of(request: Request, history: History) -> int | None:
    """The number before which a list ends; None for the newest. Raises ReleaseUnknown."""
    written = request.query_params.get("before")
    return None if written is None else release_number(written, history.newest)


def tag_of(*parts: bytes) -> str:
    """The strong ETag of some bytes."""
    return f'"{hashlib.sha256(bytes(1).join(parts)).hexdigest()[:32]}"'


def _limit(request: Request) -> int:
    written = request.query_params.get("limit", str(USUAL))
    if not (written.isascii() and written.isdecimal() and len(written) <= LONGEST_NUMBER):
        raise BadRequest(variant="limit", found=written[:100], most=MOST)
    limit = int(written)
    if not 1 <= limit <= MOST:
        raise BadRequest(variant="limit", found=limit, most=MOST)
    return limit


def _chosen(
    request: Request, name: str, formats: tuple[ResultFormat, ...]
) -> tuple[str, ResultFormat]:
    """What is asked for without its suffix, and the format: a suffix fixes it, else Accept."""
    stem, dot, suffix = name.rpartition(".")
    for known in formats:
        if dot and suffix == known.name:
            return stem, known
    wanted = choose_format(", ".join(request.headers.getlist("accept")), formats)
    if wanted is None:
        raise NotAcceptable(available=", ".join(each.media_type for each in formats))
    return name, wanted


def _written(
    wanted: ResultFormat, root: str, pair: tuple[int, int], difference: Difference
) -> bytes:
    if wanted is JSON:
        return difference_json(*pair, difference)
    previous, result = (f"{root}/releases/{each}" for each in pair)
    return rdf_patch(difference.removed, difference.added, previous, result)
