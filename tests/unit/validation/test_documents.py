"""What is read of a document, and what is refused of RDF 1.2 however it is written."""

from __future__ import annotations

import pytest
from pyoxigraph import DefaultGraph, Literal, Quad

from jalon.errors import RdfRefused
from jalon.validation.documents import Document, read_document

GRAPH = "http://example.org/graph/mine"
LINE = "<http://e/s> <http://e/p> {} ."


@pytest.mark.parametrize("media_type", ["text/turtle", "application/trig"])
@pytest.mark.parametrize(
    "value",
    [
        "<<( <http://e/q> <http://e/r> <http://e/t> )>>",
        "<< <http://e/q> <http://e/r> <http://e/t> >>",
        "<http://e/o> ~ <http://e/r>",
        "<http://e/o> {| <http://e/q> 1 |}",
        '"x"@ar--rtl',
    ],
)
def test_what_is_of_rdf_1_2_alone_is_refused(value: str, media_type: str) -> None:
    document = Document("data", LINE.format(value).encode(), media_type)
    with pytest.raises(RdfRefused) as refused:
        read_document(document, GRAPH)
    assert refused.value.details["variant"] == "triple-term"


@pytest.mark.parametrize(
    "media_type",
    ["text/turtle", "application/trig", "application/n-triples", "application/n-quads"],
)
def test_texts_with_the_marks_of_rdf_1_2_are_texts(media_type: str) -> None:
    texts = ["plain", "a << b", "{| ~ |}", "a--b"]
    lines = "\n".join(LINE.format(f'"{text}"') for text in texts)
    read = [
        read_document(Document("data", each.encode(), media_type), GRAPH)
        for each in (lines, LINE.format('"plain"'))
    ]
    assert [quad.object for quad in read[0].quads] == [Literal(text) for text in texts]
    assert isinstance(read[1].quads[0], Quad)
    assert read[1].quads[0] == read[0].quads[0]
    assert isinstance(read[1].quads[0].graph_name, DefaultGraph)


def test_a_document_without_a_name_is_called_after_its_syntax() -> None:
    assert Document("data", b"", "application/ld+json").file_name == "data.jsonld"
    assert Document("data", b"", "text/turtle", "mine").file_name == "mine"
