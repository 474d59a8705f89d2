"""The pages: home, plans, things, terms; each is of one release, and is kept for it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from urllib.parse import unquote, urlencode

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.errors import LANGUAGES, JalonError
from jalon.services.glossary import Glossary
from jalon.services.health import Served
from jalon.services.keeping import Keeping
from jalon.services.linked_data import LinkedData, Reading
from jalon.services.plans import Plans
from jalon.services.saved import SavedQuestions
from jalon.store.port import MEGABYTE
from jalon.web.addresses import encoded, iri_path, root_of
from jalon.web.mementos import memento_headers, query_of, reading_of
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
from jalon.web.requests import parameters_in, release_in

KEPT_BYTES = 32 * MEGABYTE
"""How many bytes of pages are kept."""

Make = Callable[["Asked"], Coroutine[object, object, bytes]]


class Asked:
    """A page as it was asked for: its language, what it is told beside a release, the release.

    ``names`` are in the language of the page, and lead to pages of the same release.
    """

    def __init__(self, request: Request, reading: Reading, root: str) -> None:
        published, as_of = reading.publication, reading.as_of
        path = iri_path(request)
        self.request = request
        self.reading = reading
        self.language, _, rest = path.partition("/")
        self.path = rest
        _, self.given = release_in(parameters_in(bytes(request.scope["query_string"])))
        query = urlencode(self.given) if as_of.asked else request.url.query
        self.words = Words(self.language)
        self.names = Names(self.words, published.bases, published.prefixes, query_of(as_of))
        self.here = Here(self.language, f"/{rest}", query, as_of, root)

    def below(self, room: str) -> str:
        """The rest of the path below a room."""
        return self.path.removeprefix(room).lstrip("/")


class PageRoutes:
    """The handlers of pages that depend on nothing but the release and its pack."""

    def __init__(
        self, linked_data: LinkedData, saved: SavedQuestions, served: Served, public_url: str | None
    ) -> None:
        published = linked_data.publication
        edition = Edition(served.pack, served.version, published.titles)
        self.pages = Pages(edition)
        self._linked_data = linked_data
        self._saved = saved
        self._public_url = public_url
        self._kept: Keeping[bytes] = Keeping(KEPT_BYTES, len)

    async def asked(self, request: Request) -> Asked:
        """What is asked for. Raises ReleaseUnknown or ReleaseTooCostly, or NotReady."""
        reading = await reading_of(request, self._linked_data)
        return Asked(request, reading, root_of(request, self._public_url))

    def kept(self, make: Make) -> Callable[[Request], Awaitable[Response]]:
        """A handler of a page that is made once for each path and release, whatever else its
        query says."""

        async def handler(request: Request) -> Response:
            asked = await self.asked(request)
            asked.here = replace(asked.here, query="")
            body = await self._kept.get(asked.here, lambda: make(asked))
            return self.response(asked, body)

        return handler

    def html(self, template: str, asked: Asked, page: object) -> bytes:
        """A page as bytes."""
        return self.pages.html(template, asked.here, page=page)

    def response(self, asked: Asked, body: bytes, status: int = 200) -> Response:
        """A page as a response that says which release it is of, if it is of one."""
        response = page_response(asked.request, body, asked.language, status)
        here = asked.here
        if here.as_of is not None and not here.is_timeless:
            original = encoded(here.root + here.newest())
            response.headers.update(memento_headers(here.as_of, original))
        return response

    async def home(self, asked: Asked) -> bytes:
        """What there is, in figures, plans and questions."""
        overview = await Plans(asked.reading.asking).overview()
        page = home_page(overview, self._saved.all(), asked.names)
        return self.html("home.html", asked, page)

    async def plan(self, asked: Asked) -> bytes:
        """A plan laid out."""
        iri = await asked.reading.find(f"{THINGS}plan/{asked.below('plan')}")
        outline = await Plans(asked.reading.asking).outline(iri)
        return self.html("plan.html", asked, plan_page(iri, outline, asked.names))

    async def thing(self, asked: Asked) -> bytes:
        """Everything about one thing."""
        description = await asked.reading.describe(THINGS + asked.below("thing"))
        holdings = await Plans(asked.reading.asking).holdings(str(description.thing))
        return self.html("thing.html", asked, thing_page(description, holdings, asked.names))

    async def term(self, asked: Asked) -> bytes:
        """Everything about one term."""
        description = await asked.reading.describe(TERMS + asked.below("term"))
        return self.html("thing.html", asked, thing_page(description, {}, asked.names))

    async def terms(self, asked: Asked) -> bytes:
        """The whole vocabulary."""
        terms = await Glossary(asked.reading.asking).terms()
        return self.html("terms.html", asked, terms_page(terms, asked.names))

    async def docs(self, asked: Asked) -> bytes:
        """The addresses for programs."""
        return self.html("docs.html", asked, docs_page(asked.request.app.openapi()))

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
    async def handler(request: Request) -> Response:
        return Response(status_code=308, headers={"Location": path + _query(request)})

    return handler


def _to_language(path: str) -> Callable[[Request], Awaitable[Response]]:
    """A redirect to a page in the language that the client prefers."""

    async def handler(request: Request) -> Response:
        location = f"/{preferred_language(request)}{path}{_query(request)}"
        headers = {"Location": location, "Vary": "Accept-Language"}
        return Response(status_code=302, headers=headers)

    return handler


def _query(request: Request) -> str:
    return f"?{request.url.query}" if request.url.query else ""
