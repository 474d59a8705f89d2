"""The HTTP application, put together from services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

import jalon
from jalon.services.health import Health
from jalon.services.questions import Questions
from jalon.store.port import MEGABYTE
from jalon.web import problems
from jalon.web.routes.health import add_health
from jalon.web.routes.sparql import add_sparql

BODY_LIMIT = 4 * MEGABYTE


def create_app(
    questions: Questions,
    health: Health,
    close: Callable[[], Awaitable[None]],
    body_limit: int = BODY_LIMIT,
) -> FastAPI:
    """The application; ``close`` is awaited once when it stops, after the last request.

    A body larger than ``body_limit`` bytes is refused unread.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await close()

    app = FastAPI(
        title="Jalon",
        version=jalon.__version__,
        lifespan=lifespan,
        # Their pages load scripts from another host; the description itself stays.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    problems.install(app)
    add_sparql(app, questions, body_limit)
    add_health(app, health)
    return app
