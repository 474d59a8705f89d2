"""Everything that can go wrong on purpose, as one tree; what it says stands in ``messages/``.

    JalonError
    ├── ContentError            a pack, or a file of it, cannot be used
    │   ├── PackNotFound            pack-not-found
    │   ├── ManifestInvalid         manifest-invalid
    │   ├── FileUnreadable          file-unreadable
    │   └── QuestionInvalid         question-invalid
    ├── SourceError             a source document cannot be compared
    │   ├── SourceUnreadable        source-unreadable
    │   └── SourceUnknown           source-unknown
    ├── QuestionError           a saved question is not asked
    │   ├── QuestionUnknown         question-unknown
    │   └── ParameterInvalid        parameter-invalid
    ├── QueryError              a query gets no answer
    │   ├── QueryMissing            query-missing
    │   ├── QuerySyntax             query-syntax
    │   ├── QueryTooComplex         query-too-complex
    │   ├── QueryRefused            query-refused
    │   ├── FunctionUnknown         function-unknown
    │   ├── QueryTimeout            query-timeout
    │   ├── QueryTooLarge           query-too-large
    │   ├── QueryFailed             query-failed
    │   ├── ServiceBusy             service-busy
    │   └── TooManyRequests         too-many-requests
    ├── ValidationError         data, or shapes, that are not validated
    │   ├── RdfSyntax               rdf-syntax
    │   ├── RdfRefused              rdf-refused
    │   ├── ShapesRefused           shapes-refused
    │   ├── ValidationTooComplex    validation-too-complex
    │   ├── ValidationTimeout       validation-timeout
    │   ├── ValidationTooLarge      validation-too-large
    │   └── ValidationFailed        validation-failed
    ├── SheetError              a spreadsheet that is not taken, or not made
    │   ├── SheetRefused            sheet-refused
    │   ├── SheetTooLarge           sheet-too-large
    │   └── SheetFailed             sheet-failed
    ├── RequestError            an HTTP request that cannot be served
    │   ├── NotFound                not-found
    │   ├── MethodNotAllowed        method-not-allowed
    │   ├── NotAcceptable           not-acceptable
    │   ├── UnsupportedMedia        unsupported-media-type
    │   ├── RequestTooLarge         request-too-large
    │   └── BadRequest              bad-request
    ├── RightsError             who asks may not do this
    │   ├── Unauthorized            unauthorized
    │   └── Forbidden               forbidden
    ├── WriteError              a change that is not made
    │   ├── NoTargetGraph           no-target-graph
    │   ├── PreconditionFailed      precondition-failed
    │   ├── DoesNotConform          does-not-conform
    │   ├── ReleaseConflict         release-conflict
    │   ├── SubmissionUnknown       submission-unknown
    │   ├── SubmissionConflict      submission-conflict
    │   ├── StorageFull             storage-full
    │   └── PublicationPending      publication-pending
    ├── ReleaseError            a release that cannot be asked
    │   ├── ReleaseUnknown          release-unknown
    │   └── ReleaseTooCostly        release-too-costly
    ├── LedgerBroken            ledger-broken
    ├── LedgersDiffer           ledgers-differ
    ├── SettingsInvalid         settings-invalid
    ├── NotReady                not-ready
    └── Unsandboxed             unsandboxed

Services raise; ``web/problems.py`` alone knows HTTP, and ``cli`` exit codes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import ClassVar

LANGUAGES = ("en", "fr")


@cache
def messages(name: str) -> dict[str, dict[str, dict[str, str]]]:
    """The catalogue ``messages/{name}.toml``: code → part (title, detail) → language → text."""
    text = files("jalon").joinpath("messages", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


class JalonError(Exception):
    """An error with a stable ``code`` and the ``details`` that its text names.

    Details ``file``, ``line`` and ``column`` (1-based) say where, when there is a where.
    A detail ``variant`` chooses a more exact text, ``detail-{variant}`` of the catalogue.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, **details: str | int) -> None:
        super().__init__(self.code)
        self.details = details

    def title(self, language: str = "en") -> str:
        """What kind of error this is: one short phrase, the same for every occurrence."""
        return messages("errors")[self.code]["title"][language]

    def detail(self, language: str = "en") -> str:
        """What is wrong here and what to do, with the values of this occurrence."""
        variant = self.details.get("variant")
        part = f"detail-{variant}" if variant else "detail"
        return messages("errors")[self.code][part][language].format_map(self._worded(language))

    def _worded(self, language: str) -> Mapping[str, str | int]:  # noqa: ARG002 (for some errors)
        """The details as they stand in a text."""
        return self.details

    def __str__(self) -> str:
        return self.detail()


class ContentError(JalonError):
    """A pack, or a file of it, cannot be used."""


class PackNotFound(ContentError):
    """No content pack stands where one was looked for."""

    code: ClassVar[str] = "pack-not-found"


class ManifestInvalid(ContentError):
    """A pack.toml or core.toml says something it may not."""

    code: ClassVar[str] = "manifest-invalid"


class FileUnreadable(ContentError):
    """A file of a pack cannot be read or parsed."""

    code: ClassVar[str] = "file-unreadable"


class QuestionInvalid(ContentError):
    """The front matter of a saved question has a key that is unknown, missing or wrong."""

    code: ClassVar[str] = "question-invalid"


class QuestionError(JalonError):
    """A saved question is not asked."""


class QuestionUnknown(QuestionError):
    """No saved question of the pack has this id."""

    code: ClassVar[str] = "question-unknown"


class ParameterInvalid(QuestionError):
    """A value given to a saved question is none of its parameter; ``parameter`` names it."""

    code: ClassVar[str] = "parameter-invalid"


class SourceError(JalonError):
    """A source document cannot be compared with the citations."""


class SourceUnreadable(SourceError):
    """The file is missing, not a file, or not UTF-8 text."""

    code: ClassVar[str] = "source-unreadable"


class SourceUnknown(SourceError):
    """No document of the pack goes by this file name or identifier."""

    code: ClassVar[str] = "source-unknown"


class QueryError(JalonError):
    """A query gets no answer."""


class QueryMissing(QueryError):
    """The request holds no query, or more than one."""

    code: ClassVar[str] = "query-missing"


class QuerySyntax(QueryError):
    """The query text is not SPARQL 1.1 Query; line and column say where."""

    code: ClassVar[str] = "query-syntax"


class QueryTooComplex(QueryError):
    """The query is over a limit of size or nesting, or broke its process."""

    code: ClassVar[str] = "query-too-complex"


class QueryRefused(QueryError):
    """The query asks for what is never done here: SERVICE, LOAD, a fetch."""

    code: ClassVar[str] = "query-refused"


class FunctionUnknown(QueryError):
    """The query calls a function that the engine does not have."""

    code: ClassVar[str] = "function-unknown"


class QueryTimeout(QueryError):
    """The deadline passed before the answer was complete."""

    code: ClassVar[str] = "query-timeout"


class QueryTooLarge(QueryError):
    """The query or its answer passed a limit of memory or size."""

    code: ClassVar[str] = "query-too-large"


class QueryFailed(QueryError):
    """The query's process failed for a reason that is not the query's; the log says which."""

    code: ClassVar[str] = "query-failed"


class ServiceBusy(QueryError):
    """Too many queries are waiting; nothing was evaluated."""

    code: ClassVar[str] = "service-busy"


class TooManyRequests(QueryError):
    """One client asks for more than its share; nothing was evaluated."""

    code: ClassVar[str] = "too-many-requests"


class ValidationError(JalonError):
    """Data, or the shapes they come with, are not validated."""


class RdfSyntax(ValidationError):
    """What was sent is not in the syntax that it is said to be in."""

    code: ClassVar[str] = "rdf-syntax"


class RdfRefused(ValidationError):
    """What was sent is well written, and is not taken here."""

    code: ClassVar[str] = "rdf-refused"


class ShapesRefused(ValidationError):
    """The shapes would pass in silence, never end, or reach outside; ``shape`` says which."""

    code: ClassVar[str] = "shapes-refused"


class ValidationTooComplex(ValidationError):
    """What was sent is over a limit of nesting, or broke its process."""

    code: ClassVar[str] = "validation-too-complex"


class ValidationTimeout(ValidationError):
    """The deadline passed before the report was complete."""

    code: ClassVar[str] = "validation-timeout"


class ValidationTooLarge(ValidationError):
    """Validating, or its report, passed a limit of memory or size."""

    code: ClassVar[str] = "validation-too-large"


class ValidationFailed(ValidationError):
    """The process failed for a reason that is not the sender's; the log says which."""

    code: ClassVar[str] = "validation-failed"


class SheetError(JalonError):
    """A spreadsheet is not taken, or not made."""


class SheetRefused(SheetError):
    """A workbook is none that sheets of ours come in, or holds what is never taken."""

    code: ClassVar[str] = "sheet-refused"


class SheetTooLarge(SheetError):
    """A workbook, or what a sheet was to hold, passes a limit."""

    code: ClassVar[str] = "sheet-too-large"


class SheetFailed(SheetError):
    """The process that reads workbooks failed for a reason of ours; the log says which."""

    code: ClassVar[str] = "sheet-failed"


class RequestError(JalonError):
    """An HTTP request that cannot be served."""


class NotFound(RequestError):
    """Nothing stands at this path."""

    code: ClassVar[str] = "not-found"


class MethodNotAllowed(RequestError):
    """The path is there, the method is not."""

    code: ClassVar[str] = "method-not-allowed"


class NotAcceptable(RequestError):
    """None of the formats asked for can be given."""

    code: ClassVar[str] = "not-acceptable"


class UnsupportedMedia(RequestError):
    """The body has a media type that is not read here."""

    code: ClassVar[str] = "unsupported-media-type"


class RequestTooLarge(RequestError):
    """The body is larger than the stated limit."""

    code: ClassVar[str] = "request-too-large"


class BadRequest(RequestError):
    """The request is malformed."""

    code: ClassVar[str] = "bad-request"


class RightsError(JalonError):
    """Who asks may not do this."""


class Unauthorized(RightsError):
    """A token is needed, and none that is valid was sent."""

    code: ClassVar[str] = "unauthorized"


class Forbidden(RightsError):
    """The token is valid, and does not give this right."""

    code: ClassVar[str] = "forbidden"


class WriteError(JalonError):
    """A change is not made; nothing of it is kept unless the class says so."""


class NoTargetGraph(WriteError):
    """A change names no graph, and the unnamed graph is not written to."""

    code: ClassVar[str] = "no-target-graph"


class PreconditionFailed(WriteError):
    """What the change was made conditional on is not so."""

    code: ClassVar[str] = "precondition-failed"


class DoesNotConform(WriteError):
    """What the change says violates the shapes; ``report`` is the report as JSON."""

    code: ClassVar[str] = "does-not-conform"


class ReleaseConflict(WriteError):
    """The change was made for a release that is no longer the newest."""

    code: ClassVar[str] = "release-conflict"


class SubmissionUnknown(WriteError):
    """There is no submission of this number that who asks may see."""

    code: ClassVar[str] = "submission-unknown"


class SubmissionConflict(WriteError):
    """What is to become of a submission cannot, as it or the data stand now.

    Details ``state`` and ``needed`` are the codes of states, which its text calls by their names.
    """

    code: ClassVar[str] = "submission-conflict"

    def _worded(self, language: str) -> Mapping[str, str | int]:
        names = messages("submissions")["state"]
        states = {each: self.details.get(each) for each in ("state", "needed")}
        return {
            **self.details,
            **{each: names[str(code)][language] for each, code in states.items() if code},
        }


class StorageFull(WriteError):
    """There is no room to keep the change."""

    code: ClassVar[str] = "storage-full"


class PublicationPending(WriteError):
    """The change is kept, and will be published; it cannot be asked yet."""

    code: ClassVar[str] = "publication-pending"


class ReleaseError(JalonError):
    """A release cannot be asked."""


class ReleaseUnknown(ReleaseError):
    """There is no release of this number."""

    code: ClassVar[str] = "release-unknown"


class ReleaseTooCostly(ReleaseError):
    """The release would have to be rebuilt, and is over the budget for that."""

    code: ClassVar[str] = "release-too-costly"


class LedgerBroken(JalonError):
    """The ledger is not as it was written: nothing is served from it."""

    code: ClassVar[str] = "ledger-broken"


class LedgersDiffer(JalonError):
    """One ledger is not copied into another: that one has what the first has not."""

    code: ClassVar[str] = "ledgers-differ"


class SettingsInvalid(JalonError):
    """A setting is unknown or has a value it may not have."""

    code: ClassVar[str] = "settings-invalid"


class NotReady(JalonError):
    """The service has no index to answer from yet."""

    code: ClassVar[str] = "not-ready"


class Unsandboxed(JalonError):
    """Listening beyond loopback was asked for where workers can reach the network."""

    code: ClassVar[str] = "unsandboxed"
