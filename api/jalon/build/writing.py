"""Who may write to a service, and by which rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from jalon.build.content import data_dir, ledger_of, now, reasoner_of
from jalon.build.service import Service
from jalon.exchange.sheets.parsing import SheetReader
from jalon.ledger.ledger import Ledger
from jalon.ledger.postgresql import PostgresDatabase
from jalon.services.foreseeing import Foreseeing
from jalon.services.graphs import Graphs
from jalon.services.naming import Naming
from jalon.services.reviewing import Reviewing
from jalon.services.rights import Rights
from jalon.services.sheets import Sheets
from jalon.services.submissions import Stewardship
from jalon.services.submitting import Submitting
from jalon.services.writing import MOST_WAITING, TURN_SECONDS, Policy, Writing
from jalon.settings import Settings
from jalon.store.common_turns import CommonTurns
from jalon.store.publisher import Publisher
from jalon.store.turns import Turns
from jalon.validation.editor import Editor
from jalon.validation.submitted.drafting import Drafting

FORESEEN = "foreseen"
"""Where in the data folder it stands what submissions would have entailed."""


@contextmanager
def writing_over(settings: Settings, service: Service, publisher: Publisher) -> Iterator[Writing]:
    """Writes to a service whose releases this publisher makes. Raises as Ledger.open."""
    own = settings.default_graph == "own"
    # The publisher's connections stay its own: who checks tokens waits for nobody's commit.
    with closing(ledger_of(settings)) as ledger:
        yield Writing(
            publisher=publisher,
            editor=Editor(service.validation.inspector, publisher.workroom, own),
            rights=Rights(ledger, now),
            graphs=Graphs(service.questions, publisher),
            policy=Policy(own=own, validate=settings.validate_updates),
            turns=_turns(ledger),
        )


@contextmanager
def stewardship_over(
    settings: Settings, service: Service, writing: Writing
) -> Iterator[Stewardship]:
    """Submissions to a service, published by these writes. Raises as Ledger.open."""
    with closing(ledger_of(settings)) as ledger:
        submitting = Submitting(
            Drafting(writing.editor), ledger.submissions, writing.turns, sheets=_sheets(service)
        )
        yield Stewardship(
            writing=writing,
            submitting=submitting,
            reviewing=Reviewing(submitting, writing, ledger),
            naming=Naming(service.linked_data.asking),
            foreseeing=Foreseeing(
                graphs=writing.graphs,
                reasoner=reasoner_of(settings, FORESEEN),
                folder=data_dir(settings) / FORESEEN,
            ),
            ledger=ledger,
        )


def _turns(ledger: Ledger) -> Turns:
    """Those of this node alone, or with all that share the ledger."""
    database = ledger.database
    if isinstance(database, PostgresDatabase):
        return CommonTurns(MOST_WAITING, TURN_SECONDS, database.common_turn)
    return Turns(1, MOST_WAITING, TURN_SECONDS)


def _sheets(service: Service) -> Sheets:
    inspector = service.validation.inspector
    reader = SheetReader(inspector.workshop, inspector.spool, inspector.isolated)
    return Sheets(reader, service.templates)
