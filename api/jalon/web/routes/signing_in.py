"""Signing in and out, and the pages behind that: who has not signed in gets the form for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from jalon.account import note
from jalon.errors import LANGUAGES, JalonError, Unauthorized
from jalon.services.rights import Grant
from jalon.services.submissions import Stewardship
from jalon.web.connection import client_of
from jalon.web.pages.answers import Problem
from jalon.web.pages.rendering import page_response
from jalon.web.pages.signing_in import Doorway, SignedIn, SignInPage, page_of, room_after
from jalon.web.pages.submissions import author_words
from jalon.web.problems import PROBLEM
from jalon.web.requests import FORM, parameters_in, read_body, said_type
from jalon.web.routes.pages import Asked, PageRoutes

FIELD_BYTES = 10_000
"""The most that a form without files may be."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page as it was asked for, and by whom."""

    asked: Asked
    grant: Grant
    who: SignedIn


Handler = Callable[[Request, Visit], Awaitable[Response]]


class SigningIn:
    """The handlers. What is sent to any of them has to come from a page of ours."""

    def __init__(self, routes: PageRoutes, stewardship: Stewardship, doorway: Doorway) -> None:
        self._routes = routes
        self._stewardship = stewardship
        self._doorway = doorway

    def behind(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        """A handler for who has signed in; others get the form for that in its place.

        It raises Forbidden for what was sent from elsewhere, and TooManyRequests.
        """

        async def handle(request: Request) -> Response:
            if request.method == "POST":
                self._doorway.check_origin(request)
            grant = await self._grant(request)
            asked = await self._routes.asked(request)
            if grant is None:
                return self._at_the_door(request, asked)
            name = await self._stewardship.name(grant.author)
            who = SignedIn(author_words(grant.author, name, asked.words))
            return await handler(request, Visit(asked, grant, who))

        return handle

    async def form(self, request: Request) -> Response:
        """The form for a token; who has signed in already is led on."""
        asked = await self._routes.asked(request)
        following = room_after("", asked.language)
        if await self._grant(request) is not None:
            return led_to(following)
        return self._page(asked, SignInPage(following), HTTPStatus.OK)

    async def let_in(self, request: Request) -> Response:
        """Takes a token, and leads to where its bearer wanted to go."""
        self._doorway.check_origin(request)
        fields = await fields_of(request)
        asked = await self._routes.asked(request)
        token = fields.get("token", "").strip()
        following = room_after(fields.get("next", ""), asked.language)
        if await self._granted(request, token) is None:
            problem = problem_of(Unauthorized(variant="invalid"), asked)
            return self._page(asked, SignInPage(following, problem), HTTPStatus.UNAUTHORIZED)
        response = led_to(following)
        self._doorway.let_in(request, response, token)
        return response

    async def let_out(self, request: Request) -> Response:
        """Has the browser forget the token."""
        self._doorway.check_origin(request)
        asked = await self._routes.asked(request)
        response = led_to(f"/{asked.language}/sign-in")
        self._doorway.let_out(request, response)
        return response

    async def _grant(self, request: Request) -> Grant | None:
        """What the token of a browser grants; None without a valid one."""
        token = self._doorway.token(request)
        return None if token is None else await self._granted(request, token)

    async def _granted(self, request: Request, token: str) -> Grant | None:
        authorization, client = f"Bearer {token}", client_of(request)
        try:
            return await self._stewardship.writing.admit(authorization, client)
        except Unauthorized:
            return None

    def _at_the_door(self, request: Request, asked: Asked) -> Response:
        """The form for a token, in the place of the page that was asked for."""
        is_sent = request.method == "POST"
        query = "" if is_sent else asked.here.query
        asked.here = replace(asked.here, path=page_of(asked.here.path), query=query)
        following = room_after(asked.here.address(asked.language), asked.language)
        page = SignInPage(following, is_lost=is_sent)
        response = self._page(asked, page, HTTPStatus.UNAUTHORIZED)
        if self._doorway.token(request) is not None:
            self._doorway.let_out(request, response)
        return response

    def _page(self, asked: Asked, page: SignInPage, status: HTTPStatus) -> Response:
        body = self._routes.html("sign_in.html", asked, page)
        response = page_response(asked.request, body, asked.language, status, cached=False)
        if status == HTTPStatus.UNAUTHORIZED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response


def add_signing_in(app: FastAPI, pages: SigningIn) -> None:
    """Adds the way in and the way out under each language."""
    add = app.router.routes.append
    for language in LANGUAGES:
        add(Route(f"/{language}/sign-in", pages.form))
        add(Route(f"/{language}/sign-in", pages.let_in, methods=["POST"]))
        add(Route(f"/{language}/sign-out", pages.let_out, methods=["POST"]))


def led_to(address: str) -> Response:
    """Leads to another page."""
    headers = {"Location": address, "Cache-Control": "no-store"}
    return Response(status_code=HTTPStatus.SEE_OTHER, headers=headers)


def problem_of(error: JalonError, asked: Asked) -> Problem:
    """An error in the language of a page, which is told on it."""
    note(PROBLEM, error.code)
    return Problem(error.title(asked.language), error.detail(asked.language))


async def fields_of(request: Request) -> dict[str, str]:
    """What the fields of a form without files say. Raises as parameters_in and said_type."""
    said_type(request, (FORM,))
    return dict(parameters_in(await read_body(request, FIELD_BYTES)))
