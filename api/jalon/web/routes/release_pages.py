"""The pages about releases: the list, one of them, and what is different between two."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.errors import LANGUAGES, NotFound
from jalon.services.differences import Past
from jalon.services.history import Release
from jalon.services.naming import Naming
from jalon.web.connection import CLIENT_GONE, while_connected
from jalon.web.pages.differences import (
    COMMITS,
    DifferencePage,
    Part,
    difference_page,
    iris_of,
    labels_of,
)
from jalon.web.pages.releases import release_page, releases_page
from jalon.web.routes.pages import Asked, PageRoutes
from jalon.web.routes.releases import before_of, pair_of

LISTED = 25
"""How many releases a page lists."""

LONGEST_PAGE = 6
"""Digits of the number of a page that is looked up."""


class ReleasePages:
    """The handlers; a list changes when a release comes or an author goes, so nothing is kept."""

    def __init__(self, routes: PageRoutes, past: Past) -> None:
        self._routes = routes
        self._past = past

    async def listing(self, request: Request) -> Response:
        """The releases, the newest first."""
        asked, history = await self._routes.asked(request), self._past.history
        found = await history.page(LISTED, before_of(request, history))
        page = releases_page(found, history.newest, asked.names)
        return self._routes.response(asked, self._routes.html("releases.html", asked, page))

    async def one(self, request: Request) -> Response:
        """One release."""
        asked, history = await self._routes.asked(request), self._past.history
        release = await history.release(history.number(request.path_params["number"]))
        page = release_page(release, history.newest, asked.names)
        return self._routes.response(asked, self._routes.html("release.html", asked, page))

    async def difference(self, request: Request) -> Response:
        """What is different between two releases, a part of it at a time."""
        asked = await self._routes.asked(request)
        page = await while_connected(request, self._compared(request, asked))
        if page is None:
            return Response(status_code=CLIENT_GONE)
        return self._routes.response(asked, self._routes.html("difference.html", asked, page))

    async def _compared(self, request: Request, asked: Asked) -> DifferencePage:
        first, second = pair_of(self._past.history, **request.path_params)
        difference = await self._past.differences.between(first, second)
        part = Part(first, second, difference, _page(request))
        if not part.is_there:
            raise NotFound(path=asked.here.address(asked.language)[:200])
        # Names as they are now: the releases compared may have to be rebuilt to be asked.
        iris = iris_of(part.changes, asked.names.bases)
        known = await Naming(asked.reading.asking).names(iris)
        notes = await asked.reading.graph_notes()
        titles = {graph: note.titles for graph, note in notes.items()}
        commits = await self._between(first, second)
        labels = labels_of(difference, known)
        return difference_page(part, commits, titles, labels, asked.names)

    async def _between(self, first: int, second: int) -> tuple[Release, ...]:
        """The releases between two, the newest first, the older of the two left out."""
        after, upto = sorted((first, second))
        if after == upto:
            return ()
        return await self._past.history.page(min(COMMITS, upto - after), upto + 1)


def add_release_pages(app: FastAPI, routes: PageRoutes, past: Past) -> None:
    """Adds the pages about releases under each language."""
    pages = ReleasePages(routes, past)
    add = app.router.routes.append
    for language in LANGUAGES:
        add(Route(f"/{language}/releases", pages.listing))
        add(Route(f"/{language}/releases/{{first}}..{{second}}", pages.difference))
        add(Route(f"/{language}/releases/{{number}}", pages.one))


def _page(request: Request) -> int:
    """The number of the part that is asked for; 0 for what is no number."""
    written = request.query_params.get("page", "1")
    sound = written.isascii() and written.isdecimal() and len(written) <= LONGEST_PAGE
    return int(written) if sound else 0
