"""What every test starts from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rdflib import term

DATATYPES = dict(term._toPythonMapping)
"""How rdflib reads literals. owlrl changes this for the whole process and puts back only a part."""


@pytest.fixture(autouse=True)
def datatypes_of_rdflib() -> Iterator[None]:
    """Literals are read as rdflib does, whatever test ran before, and in whatever order."""
    yield
    term._toPythonMapping.clear()
    term._toPythonMapping.update(DATATYPES)
