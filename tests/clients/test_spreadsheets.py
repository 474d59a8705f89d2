"""Sheets after LibreOffice has opened and saved them: what was not changed is no news."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from unit.exchange.sheets.filled import opened, saved
from web.sheets import NAMES, cell_of, download, taken, upload
from web.stewarded import CALQ, DEF, Stewarded, open_stewarded, submitted

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
LANGUAGES = ("en", "fr")
WORKBOOKS = (*NAMES, "Measure+ScheduleEntry+Milestone")
FILTER = "xlsx:Calc MS Excel 2007 XML"
SECONDS = 300

pytestmark = pytest.mark.skipif(
    OFFICE is None, reason="this machine has no LibreOffice (on Debian: libreoffice-calc-nogui)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("office")) as opened_site:
        yield opened_site


@pytest.fixture(scope="module")
def resaved(
    site: Stewarded, tmp_path_factory: pytest.TempPathFactory
) -> dict[tuple[str, str], bytes]:
    """The sheet of every class in every language, and of some together, as LibreOffice saves it."""
    folder = tmp_path_factory.mktemp("sheets")
    files = {(name, tag): folder / f"{name}-{tag}.xlsx" for name in WORKBOOKS for tag in LANGUAGES}
    for (name, language), file in files.items():
        file.write_bytes(download(site, name, lang=language))
    resave(list(files.values()), folder / "saved")
    return {key: (folder / "saved" / file.name).read_bytes() for key, file in files.items()}


def resave(files: list[Path], folder: Path) -> None:
    assert OFFICE is not None
    profile = f"-env:UserInstallation={(folder.parent / 'profile').as_uri()}"
    options = ("--headless", "--norestore", "--convert-to", FILTER, "--outdir", str(folder))
    names = [str(file) for file in files]
    subprocess.run([OFFICE, profile, *options, *names], check=True, timeout=SECONDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WORKBOOKS)
def test_what_was_opened_and_saved_is_no_news(
    site: Stewarded, resaved: dict[tuple[str, str], bytes], name: str, language: str
) -> None:
    found = taken(site, resaved[name, language])
    assert (found.wish.scope, found.wish.documents) == ((), ())
    assert len(found.pinnings) == len(name.split("+"))
    for pinning in found.pinnings:
        assert (pinning.faults, pinning.reading.new) == (0, [])
        assert pinning.reading.rows


def test_one_cell_that_was_changed_is_one_difference(
    site: Stewarded, resaved: dict[tuple[str, str], bytes], tmp_path: Path
) -> None:
    book = opened(resaved["Organization", "fr"])
    sheet = book.worksheets[0]
    sheet[cell_of(book, CALQ, "Nombre de membres")] = 40
    file = tmp_path / "changed.xlsx"
    file.write_bytes(saved(book))
    resave([file], tmp_path / "saved")
    made = submitted(upload(site, (tmp_path / "saved" / file.name).read_bytes()))
    [shift] = made["shifts"]
    assert (shift["thing"]["iri"], shift["property"]["iri"]) == (CALQ, f"{DEF}memberCount")
