"""The pages: home, plans, things, terms; what they are made of is kept for the snapshot."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from urllib.parse import unquote

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.errors import LANGUAGES, JalonError
from jalon.services.glossary import Glossary
from jalon.services.health import Served
from jalon.services.keeping import Keeping
from jalon.services.linked_data import LinkedData
from jalon.services.plans import Plans
from jalon.services.saved import SavedQuestions
from jalon.store.port import MEGABYTE
from jalon.web.addresses import iri_path
from jalon.web.pages.api_docs import docs_page
from jalon.web.pages.home import home_page
from jalon.web.pages.links import TERMS, THINGS, Names
from jalon.web.pages.plan import plan_page
from jalon.web.pages.rendering import Edition, Here, Pages, page_response, static_files
from jalon.web.pages.terms import terms_page
from jalon.web.pages.thing import thing_page
from jalon.web.pages.words import Words
from jalon.web.readers import preferred_language, reads_pages
from jalon.web.representations import EXPOSED, holds, sent

KEPT_BYTES = 32 * MEGABYTE
"""How many bytes of pages are kept."""

Make = Callable[["Asked"], Coroutine[object, object, bytes]]


class Asked:
    """A page as it was asked for: its language, and the words and names in that language."""

    def __init__(self, request: Request, linked_data: LinkedData) -> None:
        published = linked_data.publication
        path = iri_path(request)
        self.request = request
        self.language, _, rest = path.partition("/")
        self.path = rest
        self.words = Words(self.language)
        self.names = Names(self.words, published.bases, published.prefixes)
        self.here = Here(self.language, f"/{rest}", request.url.query)

    def below(self, room: str) -> str:
        """The rest of the path below a room."""
        return self.path.removeprefix(room).lstrip("/")


class PageRoutes:
    """The handlers of pages that depend on nothing but the snapshot."""

    def __init__(self, linked_data: LinkedData, saved: SavedQuestions, served: Served) -> None:
        published = linked_data.publication
        edition = Edition(served.pack, served.version, published.titles, published.digest)
        self.pages = Pages(edition)
        self.linked_data = linked_data
        self._saved = saved
        self._plans = Plans(linked_data.asking)
        self._glossary = Glossary(linked_data.asking)
        self._kept: Keeping[bytes] = Keeping(KEPT_BYTES, len)

    def kept(self, make: Make) -> Callable[[Request], Awaitable[Response]]:
        """A handler of a page that is made once for each path, whatever its query says."""

        async def handler(request: Request) -> Response:
            asked = Asked(request, self.linked_data)
            asked.here = Here(asked.language, asked.here.path)
            body = await self._kept.get(asked.here, lambda: make(asked))
            return page_response(request, body, asked.language)

        return handler

    async def home(self, asked: Asked) -> bytes:
        """What there is, in figures, plans and questions."""
        overview = await self._plans.overview()
        page = home_page(overview, self._saved.all(), asked.names)
        return self.pages.html("home.html", asked.here, page=page)

    async def plan(self, asked: Asked) -> bytes:
        """A plan laid out."""
        iri = await self.linked_data.find(f"{THINGS}plan/{asked.below('plan')}")
        page = plan_page(iri, await self._plans.outline(iri), asked.names)
        return self.pages.html("plan.html", asked.here, page=page)

    async def thing(self, asked: Asked) -> bytes:
        """Everything about one thing."""
        description = await self.linked_data.describe(THINGS + asked.below("thing"))
        holdings = await self._plans.holdings(str(description.thing))
        page = thing_page(description, holdings, asked.names)
        return self.pages.html("thing.html", asked.here, page=page)

    async def term(self, asked: Asked) -> bytes:
        """Everything about one term."""
        description = await self.linked_data.describe(TERMS + asked.below("term"))
        page = thing_page(description, {}, asked.names)
        return self.pages.html("thing.html", asked.here, page=page)

    async def terms(self, asked: Asked) -> bytes:
        """The whole vocabulary."""
        page = terms_page(await self._glossary.terms(), asked.names)
        return self.pages.html("terms.html", asked.here, page=page)

    async def docs(self, asked: Asked) -> bytes:
        """The addresses for programs."""
        page = docs_page(asked.request.app.openapi())
        return self.pages.html("docs.html", asked.here, page=page)

    def error(self, error: JalonError, request: Request, status: int) -> Response | None:
        """An error as a page, for who reads pages; None for everybody else."""
        if not reads_pages(request):
            return None
        path = unquote(request.url.path)
        start, _, rest = path.lstrip("/").partition("/")
        language = start if start in LANGUAGES else preferred_language(request)
        # The switch of languages leads to the same page in the other; elsewhere, home.
        here = Here(language, f"/{rest}" if start in LANGUAGES else "/", request.url.query)
        body = self.pages.html(
            "error.html",
            here,
            status=status,
            code=error.code,
            title=error.title(language),
            detail=error.detail(language),
        )
        response = page_response(request, body, language, status, cached=False)
        response.headers["Vary"] = "Accept, Accept-Language"
        return response


def add_pages(app: FastAPI, routes: PageRoutes) -> None:
    """Adds the pages under each language, what they refer to, and the ways that lead there."""
    makers: dict[str, Make] = {
        "/": routes.home,
        "/plan/{slug}": routes.plan,
        "/thing/{path:path}": routes.thing,
        "/term/{name}": routes.term,
        "/terms": routes.terms,
        "/docs": routes.docs,
    }
    for language in LANGUAGES:
        for path, make in makers.items():
            app.router.routes.append(Route(f"/{language}{path}", routes.kept(make)))
        app.router.routes.append(Route(f"/{language}", _to(f"/{language}/")))
    app.router.routes.append(Route("/", _to_language("/")))
    app.router.routes.append(Route("/docs", _to_language("/docs")))
    for name, (body, content_type) in static_files().items():
        app.router.routes.append(Route(f"/static/{name}", _static(body, content_type)))


def _static(body: bytes, content_type: str) -> Callable[[Request], Awaitable[Response]]:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**EXPOSED, "ETag": tag}

    async def handler(request: Request) -> Response:
        if holds(request, tag):
            return Response(status_code=304, headers=headers)
        return sent(request, body, content_type, headers)

    return handler


def _to(path: str) -> Callable[[Request], Awaitable[Response]]:
    async def handler(_request: Request) -> Response:
        return Response(status_code=308, headers={"Location": path})

    return handler


def _to_language(path: str) -> Callable[[Request], Awaitable[Response]]:
    """A redirect to a page in the language that the client prefers."""

    async def handler(request: Request) -> Response:
        headers = {"Location": f"/{preferred_language(request)}{path}", "Vary": "Accept-Language"}
        return Response(status_code=302, headers=headers)

    return handler
