"""What every test starts from, and may ask of the command line."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from rdflib import term

from postgresql import Server, programs, server
from unit.ledger.drafts import filled

DATATYPES = dict(term._toPythonMapping)
"""How rdflib reads literals. owlrl changes this for the whole process and puts back only a part."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--accept",
        action="store_true",
        help="write what was found over the expected answers; review the change as a diff",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports go from process to process as UTF-8, which not all that tests log can be."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8"))
        for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def datatypes_of_rdflib() -> Iterator[None]:
    """Literals are read as rdflib does, whatever test ran before, and in whatever order."""
    yield
    term._toPythonMapping.clear()
    term._toPythonMapping.update(DATATYPES)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A server in which the database ``ledger`` is an empty ledger, to copy."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed: neither in PATH nor in /usr/lib/postgresql")
    with server(found) as running:
        running.execute("CREATE DATABASE ledger TEMPLATE template0")
        filled(running.url("ledger"), 0)
        yield running


@pytest.fixture
def url(postgresql: Server) -> Iterator[str]:
    """The address of an empty ledger in PostgreSQL."""
    with postgresql.database("ledger") as made:
        yield made
