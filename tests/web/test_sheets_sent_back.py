"""A sheet that was ready, and that a later release forbids: which cells are wrong then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jalon.exchange.sheets.formats import CSV, XLSX
from jalon.ledger.commits import ChangeSet
from jalon.ledger.submissions import Proposed, Result, Sent
from jalon.validation.submitted.drafting import Drafted
from unit.exchange.sheets.filled import opened, saved
from web.browsing import signed_in
from web.released import problem
from web.sheets import cell_of, download, upload
from web.stewarded import MEASURE, Stewarded, open_stewarded, submitted

PERIOD = "Période"
YEAR = 'period:calq-z a ap:Period ; ap:startYear "2027"^^xsd:gYear .'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as opened:
        yield opened


def with_period(site: Stewarded) -> tuple[bytes, str]:
    """The sheet of CALQ's measures with another period for one, and in which cell that stands."""
    book = opened(download(site, "Measure", organisation="calq"))
    cell = cell_of(book, MEASURE, PERIOD)
    book.worksheets[0][cell] = "period/calq-z"
    return saved(book), cell


def test_the_cells_are_those_that_are_wrong_by_now(site: Stewarded) -> None:
    """The period that the sheet names is gone when it is approved."""
    site.publish(YEAR)
    content, cell = with_period(site)
    made = submitted(upload(site, content))
    path, steward = f"/fr/submissions/{made['id']}", signed_in(site, site.calq)
    assert made["state"] == "ready", made["report"]
    assert "Cellules à revoir" not in steward.get(path).text()
    site.commit(removes=[f"{quad} ." for quad in site.quads() if "calq-z" in str(quad.subject)])
    assert problem(site.decide(made["id"], "approve")) == (422, "does-not-conform")
    told = steward.get(path)
    assert "Cellules à revoir" in told.text()
    rows = [each.text.split() for each in told.all("tr")]
    [row] = [row for row in rows if row and row[0] == cell]
    assert PERIOD in row
    assert "period/calq-z" in row
    # What a cell tells is not told again.
    assert "Ce qui ne va pas" not in [each.text for each in told.all("h2")]
    copy = opened(steward.ask("GET", f"{path}/sheet.xlsx").content)
    assert copy.worksheets[0][cell].comment is not None


def test_a_sheet_that_is_not_read_as_it_was_leaves_the_account(site: Stewarded) -> None:
    submitting = site.stewardship.submitting
    drafted = Drafted(1, ChangeSet(), 1, {}, 0, b"{}")
    for content, media_type in ((b"no workbook", XLSX), (b"a,b", CSV), (b"", "text/turtle")):
        sent = (Sent("data", media_type, "calq", content),)
        proposed = Proposed("0a" * 12, "calq", "rows", "", sent)
        number = submitting.submissions.add(proposed, Result("ready", 1, b"{}"))
        found = submitting.submissions.get(number)
        assert found is not None
        assert site.site.run(submitting.accounted(found, drafted)) is drafted
