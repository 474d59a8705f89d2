"""Pages as a reader, and an assistive technology, meets them: read from their HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "img", "input", "link", "meta"})
FIELDS = frozenset({"input", "select", "textarea"})


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")


@dataclass(slots=True)
class Page:
    elements: list[Element] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        return [element for element in self.elements if element.name == name]

    def one(self, name: str) -> Element:
        found = self.all(name)
        assert len(found) == 1, (name, [element.text for element in found])
        return found[0]

    def ids(self) -> list[str]:
        return [element.get("id") for element in self.elements if "id" in element.attributes]

    def links(self) -> dict[str, str]:
        """What each link leads to, by the words on it."""
        return {" ".join(each.text.split()): each.get("href") for each in self.all("a")}

    def text(self) -> str:
        return " ".join(self.one("html").text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.page.faults.append(f"<{tag}> repeats an attribute")
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.page.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].name != tag:
            inside = self._open[-1].name if self._open else "nothing"
            self.page.faults.append(f"</{tag}> ends <{inside}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def close(self) -> None:
        super().close()
        self.page.faults.extend(f"<{element.name}> stays open" for element in self._open)


def read(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


def faults_of(page: Page, language: str) -> list[str]:
    """What is wrong with the structure of a page; empty is right."""
    ids = page.ids()
    faults = [*page.faults, *(f"id {each} twice" for each in ids if ids.count(each) > 1)]
    if page.one("html").get("lang") != language:
        faults.append("the language of the page is not said")
    for name in ("h1", "main", "title", "header", "footer"):
        found = [each for each in page.all(name) if name not in {"header", "footer"} or _top(each)]
        if len(found) != 1:
            faults.append(f"{len(found)} <{name}>")
    faults += [f"empty <{each.name}>" for each in page.elements if _is_empty(each)]
    labelled = {each.get("for") for each in page.all("label")}
    for element in page.elements:
        faults += _element_faults(element, labelled, set(ids))
    return faults


def _top(element: Element) -> bool:
    return element.get("class") in {"top", "foot"}


def _is_empty(element: Element) -> bool:
    return element.name in {"a", "h1", "h2", "h3", "h4", "button", "label", "th"} and not (
        element.text.strip()
    )


def _element_faults(element: Element, labelled: set[str], ids: set[str]) -> list[str]:
    faults = []
    if element.name in {"script", "style"} or "style" in element.attributes:
        faults.append(f"inline style or script at <{element.name}>")
    faults += [f"handler {name}" for name in element.attributes if name.startswith("on")]
    hidden = element.get("type") == "hidden"
    if element.name in FIELDS and not hidden and element.get("id") not in labelled:
        faults.append(f"<{element.name}> without a label")
    if element.name == "img" and "alt" not in element.attributes:
        faults.append("an image without alternative text")
    for name in ("aria-labelledby", "aria-describedby"):
        if name in element.attributes and element.get(name) not in ids:
            faults.append(f"{name} {element.get(name)} leads nowhere")
    if element.get("href").startswith("#") and element.get("href")[1:] not in ids:
        faults.append(f"{element.get('href')} leads nowhere")
    return faults
