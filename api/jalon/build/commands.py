"""What the commands do, each by the way that the service does it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import jalon
from jalon.build.content import (
    Content,
    data_dir,
    lock_of,
    open_content,
    pack_of,
    publishing,
    questions_of,
)
from jalon.build.looking_back import past_of
from jalon.build.mirroring import mirrored
from jalon.build.preparation import Preparation
from jalon.build.service import (
    check_isolation,
    open_service,
    protections,
    questions_over,
    store_of,
    words,
)
from jalon.build.writing import stewardship_over, writing_over
from jalon.content.findings import Finding, Report
from jalon.content.pack import Pack, survey_pack
from jalon.content.rules.catalogue import Progress, check_pack
from jalon.errors import JalonError, NotReady, ValidationError
from jalon.logs import logging_to
from jalon.services.inspection import inspect_pack
from jalon.services.questions import Question
from jalon.services.validation import Submission
from jalon.settings import Settings
from jalon.store.locks import claimed
from jalon.store.port import GRAPH_FORMATS, SOLUTION_FORMATS, ResultFormat
from jalon.store.publisher import Publisher
from jalon.store.workshop import Workshop
from jalon.validation.engines.choice import available
from jalon.validation.inspector import WrittenReport
from jalon.web import server

_log = logging.getLogger(__name__)


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
    store = store_of(settings, open_content(settings, pack), Workshop(), isolated=False)

    async def answered() -> bytes:
        try:
            with await questions_over(settings, store).answer(question) as found:
                return await found.read()
        finally:
            await store.close()

    return asyncio.run(answered())


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
    # The files are the operator's own: they are read on machines without namespaces too.
    # Shapes never see what is entailed: nobody waits for it here.
    service = open_service(settings, open_content(settings, entailed=False), isolated=False)
    with asyncio.Runner() as runner:
        try:
            for each in sent:
                try:
                    yield runner.run(service.validation.check(each, media_type, language))
                except ValidationError as error:
                    yield error
        finally:
            # The process that read them is kept for the next, and ends here.
            runner.run(service.store.close())


def validate_published(settings: Settings, media_type: str, language: str) -> WrittenReport:
    """The report on all that is published. Raises as open_content and Validation.check."""
    patient = {"validation_seconds": settings.whole_validation_seconds}
    settings = settings.model_copy(update=patient)
    service = open_service(settings, open_content(settings, entailed=False), isolated=False)
    with asyncio.Runner() as runner:
        try:
            return runner.run(service.validation.check_published(media_type, language))
        finally:
            runner.run(service.store.close())


def serve(settings: Settings, *, allow_unsandboxed: bool = False) -> None:
    """Serves over HTTP until SIGINT or SIGTERM, then returns.

    Raises NotReady where another process writes to the data folder, and Unsandboxed when the host
    is not a loopback address and query processes cannot leave the network, unless
    ``allow_unsandboxed``.
    """
    with logging_to(sys.stderr, settings.log):
        _log.info("jalon %s, state in %s", jalon.__version__, data_dir(settings))
        try:
            _serve(settings, allow_unsandboxed=allow_unsandboxed)
        except JalonError as error:
            _log.error("not serving: %s", error)
            raise


def _serve(settings: Settings, *, allow_unsandboxed: bool) -> None:
    pack = pack_of(settings)
    address = server.Address(settings.host, settings.port, settings.trusted_proxies)

    @asynccontextmanager
    async def serving() -> AsyncIterator[server.Served]:
        async with (
            _prepared(settings, pack) as publisher,
            mirrored(settings, pack, publisher) as remote,
        ):
            content = Content(pack, questions_of(pack), publisher, publisher)
            held = await protections(settings, content)
            _log.info("every query process has: %s", words(held))
            check_isolation(address, held, allow_unsandboxed=allow_unsandboxed)
            service = open_service(settings, content, isolated=held.network, remote=remote)
            with (
                writing_over(settings, service, publisher) as writing,
                stewardship_over(settings, service, writing) as stewardship,
                past_of(settings, publisher) as past,
            ):

                async def hurry() -> None:
                    await asyncio.gather(service.store.close(), publisher.close())

                app, said = service.app(writing, past, stewardship), _said(content)
                yield server.Served(app, said, service.health.stop, hurry)

    with claimed(lock_of(settings)) as mine:
        if not mine:
            raise NotReady(variant="held", folder=str(data_dir(settings)))
        server.run(serving, address)


@asynccontextmanager
async def _prepared(settings: Settings, pack: Pack) -> AsyncIterator[Publisher]:
    """As ``publishing``; until it is there, the log says now and then what goes on."""
    preparation = Preparation()
    verified, replayed = preparation.at("verifying the ledger"), preparation.at("replaying it")
    async with AsyncExitStack() as stack:
        async with preparation.told():
            opening = publishing(settings, pack, replayed, verified=verified)
            publisher = await stack.enter_async_context(opening)
        yield publisher


def _said(content: Content) -> str:
    manifest, stamp = content.pack.manifest, content.releases.current.stamp
    counted = f"{stamp.shown} triples shown, {stamp.entailed} entailed"
    return f"pack {manifest.id} {manifest.version}, release {stamp.number}, {counted}"


def _format(media_type: str, formats: Sequence[ResultFormat]) -> ResultFormat | None:
    return next((known for known in formats if known.media_type == media_type), None)
