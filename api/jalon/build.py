"""The composition root: settings in, a running service out. Everything is put together here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from fastapi import FastAPI

from jalon.content.findings import Finding, Report
from jalon.content.locate import find_pack
from jalon.content.pack import Pack, read_pack, survey_pack
from jalon.content.rules.catalogue import Progress, check_pack
from jalon.errors import Unsandboxed, ValidationError
from jalon.reasoning.index import Entailment, open_index
from jalon.reasoning.reasoner import Reasoner, ReasoningLimits
from jalon.services.asking import Asking
from jalon.services.health import Health, Served
from jalon.services.inspection import inspect_pack
from jalon.services.linked_data import LinkedData
from jalon.services.publication import publication_of
from jalon.services.questions import Question, Questions
from jalon.services.saved import SavedQuestions, open_questions
from jalon.services.validation import Submission, Validation
from jalon.settings import Settings
from jalon.store.outline import OutlineLimits
from jalon.store.oxigraph import OxigraphStore, Workplace
from jalon.store.port import (
    GRAPH_FORMATS,
    MEGABYTE,
    SOLUTION_FORMATS,
    Limits,
    Protections,
    ResultFormat,
)
from jalon.store.snapshot import Snapshot, Source
from jalon.store.workshop import Crew, Workshop
from jalon.validation.engines.choice import available
from jalon.validation.inspector import Inspector, WrittenReport
from jalon.validation.prepared import Prepared, prepare
from jalon.web import server
from jalon.web.app import BodyLimits, Services, create_app

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What is served: a pack, its questions, its index, what follows from it, and its shapes."""

    pack: Pack
    saved: SavedQuestions
    snapshot: Snapshot
    entailment: Entailment
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Service:
    """A service ready to be asked or served; ``store`` is to be closed when done."""

    content: Content
    store: OxigraphStore
    questions: Questions
    validation: Validation
    linked_data: LinkedData
    upload_limit: int
    public_url: str | None

    def app(self) -> FastAPI:
        """The HTTP application of this service, which closes the store when it stops."""
        manifest = self.content.pack.manifest
        entailment = self.content.entailment
        seen = self.content.snapshot.stamp.shown + entailment.triples
        served = Served(manifest.id, manifest.version, seen, entailment)
        health = Health(self.store, served)
        saved = self.content.saved
        services = Services(self.questions, health, self.validation, self.linked_data, saved)
        limits = BodyLimits(upload=self.upload_limit)
        return create_app(services, self.store.close, limits, self.public_url)


def pack_of(settings: Settings) -> Pack:
    """The pack that the settings choose, read. Raises a ContentError when it cannot be used."""
    return read_pack(find_pack(settings.pack))


def open_content(settings: Settings, pack: Pack | None = None) -> Content:
    """The pack, read unless given, and its index, built when it does not stand yet.

    What follows is concluded before it returns, once for the same content. Where that fails or is
    too much, the index stands without it, and the log and ``entailment`` say so.

    Raises a ContentError, NotReady where the data folder cannot be written, or ShapesRefused.
    """
    pack = pack or pack_of(settings)
    base, data_dir = pack.manifest.base, _data_dir(settings)
    source = Source(pack.digest, base, pack.nquads)
    index = open_index(data_dir / "index", source, _reasoner(settings))
    prepared = prepare(data_dir / "validation", base, pack.nquads())
    saved = questions_of(pack)
    return Content(pack, saved, index.snapshot, index.entailment, prepared)


def open_service(settings: Settings, content: Content, *, isolated: bool) -> Service:
    """The service of this content; ``isolated``: no answer from a process that has a network."""
    spool, snapshot = _data_dir(settings) / "answers", content.snapshot
    workplace = Workplace(snapshot.checkpoint, spool, isolated, snapshot.entailed_graph)
    crew = Crew(settings.query_workers, settings.query_queue, settings.query_queue_seconds)
    limits = Limits(
        seconds=settings.query_seconds,
        memory_bytes=settings.query_memory_mb * MEGABYTE,
        answer_bytes=settings.answer_mb * MEGABYTE,
        merged_triples=settings.merge_triples,
    )
    workshop = Workshop(crew)
    store = OxigraphStore(workplace, workshop)
    inspector = Inspector(
        pack=content.prepared,
        engine=available(settings.shacl),
        workshop=workshop,
        spool=spool,
        isolated=isolated,
        limits=replace(limits, seconds=settings.validation_seconds),
    )
    return Service(
        content=content,
        store=store,
        questions=Questions(store, limits, OutlineLimits(bytes=settings.query_kb * 1000)),
        validation=Validation(inspector),
        linked_data=LinkedData(Asking(store, limits), publication_of(content.pack)),
        upload_limit=settings.upload_mb * MEGABYTE,
        public_url=settings.public_url,
    )


def ask(settings: Settings, text: str, media_type: str) -> bytes:
    """The answer to one query in a media type, by the way that every query goes.

    The type is one of the formats for solutions or for graphs; a query of the other kind raises
    NotAcceptable. Other errors as Questions.answer.
    """
    question = Question(
        text,
        solutions=_format(media_type, SOLUTION_FORMATS),
        graph=_format(media_type, GRAPH_FORMATS),
    )
    return answer(settings, question)


def answer(settings: Settings, question: Question, pack: Pack | None = None) -> bytes:
    """The answer to a question, by the way that every query goes; the pack is read unless given.

    Errors as open_content and Questions.answer.
    """
    # The question is the operator's own: it is answered on machines without namespaces too.
    service = open_service(settings, open_content(settings, pack), isolated=False)

    async def answered() -> bytes:
        with await service.questions.answer(question) as found:
            return found.read()

    return asyncio.run(answered())


def questions_of(pack: Pack) -> SavedQuestions:
    """The saved questions of a pack; errors as read_questions."""
    return open_questions(pack, _today)


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack by the content rules and by its shapes; ``remarks`` do not count as findings."""

    report: Report
    remarks: tuple[Finding, ...]


def check(root: Path, settings: Settings, progress: Progress | None = None) -> Checked:
    """Holds the pack in a folder against every content rule and its shapes, as far as it reads.

    Raises ManifestInvalid or FileUnreadable where a manifest cannot be used.
    """
    report = check_pack(root, progress)
    inspected = inspect_pack(survey_pack(root).pack, available(settings.shacl))
    findings = (*report.findings, *inspected.violations)
    rules = report.rules + inspected.rules
    return Checked(replace(report, rules=rules, findings=findings), inspected.remarks)


def validate(
    settings: Settings, sent: Iterable[Submission], media_type: str, language: str
) -> Iterator[WrittenReport | ValidationError]:
    """For each submission in turn its report, or why there is none, by the way of all uploads.

    Raises as open_content, and BadRequest for a graph that the rules do not see.
    """
    # Shapes never see what is entailed: nothing waits for it here.
    settings = settings.model_copy(update={"reasoner": "none"})
    # The files are the operator's own: they are read on machines without namespaces too.
    service = open_service(settings, open_content(settings), isolated=False)
    with asyncio.Runner() as runner:
        for each in sent:
            try:
                yield runner.run(service.validation.check(each, media_type, language))
            except ValidationError as error:
                yield error


def serve(settings: Settings, *, allow_unsandboxed: bool = False) -> None:
    """Serves over HTTP until SIGINT or SIGTERM, then returns.

    Raises Unsandboxed when the host is not a loopback address and query processes cannot leave
    the network, unless ``allow_unsandboxed``.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    content = open_content(settings)
    probed = open_service(settings, content, isolated=False)
    held = asyncio.run(probed.store.protections())
    _log.info("limits that hold for every query: %s", _words(held))
    address = server.Address(settings.host, settings.port)
    check_isolation(address, held, allow_unsandboxed=allow_unsandboxed)
    service = open_service(settings, content, isolated=held.network)
    manifest, stamp = content.pack.manifest, content.snapshot.stamp
    served = f"pack {manifest.id} {manifest.version}"
    counted = f"{stamp.shown} triples shown, {stamp.entailed} entailed"
    server.run(service.app(), address, f"{served}, {counted}")


def check_isolation(address: server.Address, held: Protections, *, allow_unsandboxed: bool) -> None:
    """Raises Unsandboxed for an address that others reach while queries reach the network."""
    if held.network:
        return
    if not allow_unsandboxed and not address.is_loopback():
        raise Unsandboxed
    _log.warning("query processes can reach the network; SERVICE is refused all the same")


def _reasoner(settings: Settings) -> Reasoner | None:
    if settings.reasoner == "none":
        return None
    limits = ReasoningLimits(settings.reasoning_triples, settings.reasoning_seconds)
    return Reasoner(_data_dir(settings) / "entailed", limits)


def _today() -> date:
    return datetime.now(UTC).date()


def _data_dir(settings: Settings) -> Path:
    return settings.data_dir.expanduser().resolve()


def _format(media_type: str, formats: Sequence[ResultFormat]) -> ResultFormat | None:
    return next((known for known in formats if known.media_type == media_type), None)


def _words(held: Protections) -> str:
    return ", ".join(f"{name} {'yes' if value else 'NO'}" for name, value in asdict(held).items())
