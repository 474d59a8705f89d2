from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from jalon.errors import LANGUAGES, JalonError, messages


def _tree(error: type[JalonError]) -> Iterator[type[JalonError]]:
    yield error
    for child in error.__subclasses__():
        yield from _tree(child)


CODES = sorted({error.code for error in _tree(JalonError)})


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_the_same_in_every_language(code: str) -> None:
    for part, texts in messages("errors")[code].items():
        assert set(texts) == set(LANGUAGES), part
        english, french = texts["en"], texts["fr"]
        assert _placeholders(english) == _placeholders(french), part
        assert english != french
    assert {"title", "detail"} <= set(messages("errors")[code])


def test_every_text_belongs_to_a_code() -> None:
    assert sorted(messages("errors")) == CODES


def test_a_variant_chooses_the_more_exact_text() -> None:
    class Example(JalonError):
        code = "query-too-complex"

    assert "bytes" in Example(variant="bytes", limit=5).detail()
    assert "octets" in Example(variant="bytes", limit=5).detail("fr")
    assert str(Example()) == Example().detail("en")
