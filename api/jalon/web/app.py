"""The HTTP application, put together from services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI

import jalon
from jalon.services.differences import Past
from jalon.services.graphs import Graphs
from jalon.services.health import Health
from jalon.services.linked_data import LinkedData
from jalon.services.questions import Questions
from jalon.services.saved import SavedQuestions
from jalon.services.submissions import Stewardship
from jalon.services.templates import Templates
from jalon.services.validation import Validation
from jalon.services.writing import Writing
from jalon.store.port import MEGABYTE
from jalon.web import problems
from jalon.web.at_least import AtLeast
from jalon.web.hot import HotSparql, Readings
from jalon.web.metrics import Metrics
from jalon.web.observing import Observing
from jalon.web.readers import ReadersToPages
from jalon.web.representations import Site
from jalon.web.routes.asking_pages import AskingServices, add_asking_pages
from jalon.web.routes.graph_store import GraphStoreRoutes, add_graph_store
from jalon.web.routes.health import add_health
from jalon.web.routes.linked_data import add_linked_data
from jalon.web.routes.metrics import add_metrics
from jalon.web.routes.pages import PageRoutes, add_pages
from jalon.web.routes.queries import add_queries
from jalon.web.routes.release_pages import add_release_pages
from jalon.web.routes.releases import add_releases
from jalon.web.routes.sparql import Describing, add_sparql
from jalon.web.routes.submission_pages import add_submission_pages
from jalon.web.routes.submissions import add_submissions
from jalon.web.routes.templates import add_templates
from jalon.web.routes.update import UpdateRoutes, add_update
from jalon.web.routes.validate import add_validate
from jalon.web.shortcut import Shortcut


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases that are offered over HTTP.

    Without ``templates`` there are no sheets, without ``writing`` nobody writes, without ``past``
    nobody looks back, without ``stewardship`` nobody submits.
    """

    questions: Questions
    health: Health
    validation: Validation
    linked_data: LinkedData
    saved: SavedQuestions
    templates: Templates | None = None
    writing: Writing | None = None
    past: Past | None = None
    stewardship: Stewardship | None = None


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The most bytes that the body of a query, and of an upload, may have; no more are read."""

    query: int = 4 * MEGABYTE
    upload: int = 10 * MEGABYTE


def create_app(
    services: Services,
    close: Callable[[], Awaitable[None]],
    limits: BodyLimits | None = None,
    public_url: str | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """The application; ``close`` is awaited once when it stops, after the last request.

    Redirects and links start with ``public_url``, without one with the host that was asked.
    Without ``metrics`` nothing is measured.
    """
    limits = limits or BodyLimits()

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
    pages = PageRoutes(services.linked_data, services.saved, services.health.served, public_url)
    problems.install(app, pages.error)
    app.add_middleware(ReadersToPages)
    site = Site(services.linked_data.publication.digest, public_url)
    describing = Describing(services.linked_data, site, services.writing is not None)
    add_sparql(app, services.questions, describing, limits.query)
    add_queries(app, services.saved, services.questions)
    add_validate(app, services.validation, limits.upload)
    graphs = Graphs(services.questions, services.health.served.releases)
    stored = GraphStoreRoutes(graphs, services.writing, limits.upload, public_url)
    add_graph_store(app, stored)
    if services.writing is not None:
        add_update(app, UpdateRoutes(services.writing, limits.upload))
    if services.stewardship is not None:
        add_submissions(app, services.stewardship, limits.upload, public_url)
    if services.templates is not None:
        add_templates(app, services.templates)
    add_linked_data(app, services.linked_data, public_url)
    add_health(app, services.health)
    add_pages(app, pages)
    asking = AskingServices(
        questions=services.questions,
        saved=services.saved,
        validation=services.validation,
        upload_limit=limits.upload,
    )
    add_asking_pages(app, pages, asking)
    if services.stewardship is not None:
        add_submission_pages(app, pages, services.stewardship, limits.upload, public_url)
    if services.past is not None:
        add_releases(app, services.past, site)
        add_release_pages(app, pages, services.past)
    if metrics is not None:
        add_metrics(app, metrics)
    # Around everything, what the framework answers by itself included.
    readings = Readings()
    hot = HotSparql(app.build_middleware_stack(), app, services.questions, readings)
    at_least = AtLeast(hot, app, lambda: services.questions.store.release)
    observing = Observing(at_least, app.routes, metrics)
    app.middleware_stack = observing
    app.state.shortcut = Shortcut(services.questions, readings, observing)
    return app
