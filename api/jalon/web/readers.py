"""People at addresses of machines: who asks for HTML is led to the page that shows the same."""

from __future__ import annotations

import re

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from jalon.store.port import GRAPH_FORMATS, SOLUTION_FORMATS
from jalon.web.negotiation import choose_language, preferences
from jalon.web.representations import SUFFIXES

HTML = "text/html"
MACHINE_TYPES = frozenset(
    {
        *(each.media_type for each in (*GRAPH_FORMATS, *SOLUTION_FORMATS)),
        "application/json",
        "application/problem+json",
    }
)
"""Who takes one of these as readily as HTML is a program."""

_DATA = "|".join({*SUFFIXES.values(), *(each.name for each in SOLUTION_FORMATS)})
PATCH = "rdfp"
_WAYS = (
    (re.compile(r"/sparql"), "/sparql"),
    (re.compile(r"/validate"), "/validate"),
    (re.compile(r"/def"), "/terms"),
    (re.compile(r"/queries"), "/questions"),
    (re.compile(rf"/queries/((?:(?!\.(?:{_DATA})$)[^/])+?)(?:\.html)?"), r"/questions/\1"),
    (re.compile(r"/submissions"), "/submissions"),
    (re.compile(r"/submissions/([^/]+)"), r"/submissions/\1"),
    (re.compile(r"/releases"), "/releases"),
    (re.compile(rf"/releases/((?:(?!\.(?:{_DATA}|{PATCH})$)[^/])+?)(?:\.html)?"), r"/releases/\1"),
    (re.compile(rf"/doc/((?:(?!\.(?:{_DATA})$).)+?)(?:\.html)?"), r"/thing/\1"),
)
"""From the addresses of machines to the pages below ``/{language}``."""


class ReadersToPages:
    """Redirects readers; every other request goes on as it came."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with 303 where a page shows what is asked for."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
            page = page_for(Request(scope))
            if page is not None:
                headers = {"Location": page, "Vary": "Accept, Accept-Language"}
                await Response(status_code=303, headers=headers)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def page_for(request: Request) -> str | None:
    """The page that shows what a reader asks for at an address of machines."""
    path = request.scope["raw_path"].decode("latin-1")
    if path == "/sparql" and "query" in request.query_params:
        return None
    if not path.endswith(".html") and not reads_pages(request):
        return None
    for pattern, page in _WAYS:
        match = pattern.fullmatch(path)
        if match:
            query = f"?{request.url.query}" if request.url.query else ""
            return f"/{preferred_language(request)}{match.expand(page)}{query}"
    return None


def reads_pages(request: Request) -> bool:
    """Whether a client asks for HTML by name, and takes nothing for machines as readily."""
    weights = {
        each.range: each.quality
        for each in preferences(", ".join(request.headers.getlist("accept")))
    }
    html = weights.get(HTML, 0.0)
    return html > max((weights.get(each, 0.0) for each in MACHINE_TYPES), default=0.0)


def preferred_language(request: Request) -> str:
    """The language of ours that a client prefers."""
    return choose_language(request.headers.get("accept-language", ""))
