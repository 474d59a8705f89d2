"""A service put together from its content and its settings."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from jalon.build.content import Content, data_dir, patience_of
from jalon.errors import Unsandboxed
from jalon.services.asking import Asking
from jalon.services.differences import Past
from jalon.services.figures import Figures
from jalon.services.health import Health, Served, Writes
from jalon.services.linked_data import LinkedData
from jalon.services.publication import publication_of
from jalon.services.questions import Questions
from jalon.services.submissions import Stewardship
from jalon.services.templates import Templates
from jalon.services.validation import Validation
from jalon.services.writing import Writing
from jalon.settings import Settings
from jalon.store.lanes import Staffing
from jalon.store.outline import OutlineLimits
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import MEGABYTE, Limits, Protections
from jalon.store.remote.answering import RemoteAnswers
from jalon.store.workshop import Crew, Workshop
from jalon.validation.engines.choice import available
from jalon.validation.inspector import Inspector
from jalon.web import server
from jalon.web.app import BodyLimits, Services, create_app
from jalon.web.metrics import Metrics

PROTECTIONS = {
    "network": "no network",
    "memory": "limited memory",
    "cpu": "limited processor time",
    "files": "limited files",
}
"""The protections of query processes in words."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """A service ready to be asked or served; ``store`` is to be closed when done."""

    content: Content
    store: OxigraphStore
    questions: Questions
    validation: Validation
    linked_data: LinkedData
    templates: Templates
    upload_limit: int
    public_url: str | None
    folder: Path
    health: Health

    def app(
        self,
        writing: Writing | None = None,
        past: Past | None = None,
        stewardship: Stewardship | None = None,
    ) -> FastAPI:
        """The HTTP application of this service, which closes the store when it stops.

        Without ``writing`` nobody writes, without ``past`` nobody looks back, without
        ``stewardship`` nobody submits. Made where an event loop runs: its query processes are
        started, and kept ready.
        """
        self.store.keep_ready()
        self.validation.inspector.keep_ready()
        health = self.health
        linked_data = replace(self.linked_data, history=past.history if past else None)
        services = Services(
            questions=self.questions,
            health=health,
            validation=self.validation,
            linked_data=linked_data,
            saved=self.content.saved,
            templates=self.templates,
            writing=writing,
            past=past,
            stewardship=stewardship,
        )
        limits = BodyLimits(upload=self.upload_limit)
        figures = Figures(self.store, self.health.served, self.folder, self.content.publisher)
        metrics = Metrics(CollectorRegistry(), figures, time.monotonic)
        return create_app(services, self.store.close, limits, self.public_url, metrics)


def open_service(
    settings: Settings, content: Content, *, isolated: bool, remote: RemoteAnswers | None = None
) -> Service:
    """The service of this content; ``isolated``: no answer from a process that has a network.

    ``remote``: what an engine of others answers.
    """
    crew = Crew(settings.query_workers, settings.query_queue, settings.query_queue_seconds)
    workshop, limits = Workshop(crew), limits_of(settings)
    store = store_of(settings, content, workshop, isolated=isolated, remote=remote)
    inspector = Inspector(
        releases=content.releases,
        engine=available(settings.shacl),
        workshop=workshop,
        spool=_spool(settings),
        isolated=isolated,
        limits=replace(limits, seconds=settings.validation_seconds),
        own=settings.default_graph == "own",
    )
    return Service(
        content=content,
        store=store,
        questions=questions_over(settings, store),
        validation=Validation(inspector),
        linked_data=LinkedData(
            Asking(store, limits), publication_of(content.pack), content.releases
        ),
        templates=Templates(Asking(store, limits), content.releases),
        upload_limit=settings.upload_mb * MEGABYTE,
        public_url=settings.public_url,
        folder=data_dir(settings),
        health=_health(settings, content, store, remote),
    )


def _health(
    settings: Settings, content: Content, store: OxigraphStore, remote: RemoteAnswers | None
) -> Health:
    manifest, publisher = content.pack.manifest, content.publisher
    served = Served(manifest.id, manifest.version, content.releases)
    writes = Writes(publisher, patience_of(settings)) if publisher else None
    return Health(store, served, writes, mirror=remote.mirror if remote else None)


def store_of(
    settings: Settings,
    content: Content,
    workshop: Workshop,
    *,
    isolated: bool,
    remote: RemoteAnswers | None = None,
) -> OxigraphStore:
    """What answers queries over this content; its processes begin with the first query."""
    workplace = Workplace(
        spool=_spool(settings),
        isolated=isolated,
        memory_bytes=settings.query_memory_mb * MEGABYTE,
        cache_bytes=settings.cache_mb * MEGABYTE,
        staffing=Staffing(
            long=settings.query_workers,
            quick=settings.quick_workers,
            waiting=settings.query_queue,
            seconds=settings.query_queue_seconds,
            per_client=settings.client_queries,
        ),
    )
    return OxigraphStore(content.releases, workplace, workshop, remote)


def questions_over(settings: Settings, store: OxigraphStore) -> Questions:
    """The use case that answers queries, within the limits of the settings."""
    outline = OutlineLimits(bytes=settings.query_kb * 1000)
    return Questions(store, limits_of(settings), outline)


def limits_of(settings: Settings) -> Limits:
    """What one query may use."""
    return Limits(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_memory_mb * MEGABYTE,
        answer_bytes=settings.answer_mb * MEGABYTE,
        merged_triples=settings.merge_triples,
    )


def _spool(settings: Settings) -> Path:
    return data_dir(settings) / "answers"


async def protections(settings: Settings, content: Content) -> Protections:
    """Which limits hold for query processes here, asked of one."""
    store = store_of(settings, content, Workshop(), isolated=False)
    try:
        return await store.protections()
    finally:
        await store.close()


def check_isolation(address: server.Address, held: Protections, *, allow_unsandboxed: bool) -> None:
    """Raises Unsandboxed for an address that others reach while queries reach the network."""
    if held.network:
        return
    if not allow_unsandboxed and not address.is_loopback():
        raise Unsandboxed
    _log.warning(
        "query processes can reach the network: SERVICE is refused all the same, and whatever else "
        "they might reach is not kept from them (see docs/operating.md, user namespaces)"
    )


def words(held: Protections) -> str:
    """Which protections hold, and which do not, for the log."""
    named = [(PROTECTIONS.get(name, name), value) for name, value in asdict(held).items()]
    holding = ", ".join(name for name, value in named if value) or "none"
    missing = ", ".join(name for name, value in named if not value) or "none"
    return f"{holding}; missing on this machine: {missing}"
