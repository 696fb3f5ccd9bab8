"""What a letter's HTML asks of a mail program, held against what Outlook's Word engine shows.

From the data of https://www.caniemail.com (the features below https://github.com/hteumeuleu/caniemail/tree/main/_features
as of June 2026): Outlook on Windows, 2016 and 2019.
"""

from collections.abc import Iterator

import html5lib
import pytest

from models.facts.worded_letter import WordedLetter
from tasks.outbox.render import render_letter

# Elements that Word knows; "semantics" such as section and article are shown as nothing.
ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "table",
        "tbody",
        "tr",
        "td",
        "p",
        "strong",
        "ol",
        "ul",
        "li",
        "a",
    ]
)
# On which elements Word follows a property; an empty set: on any.
SHOWN: dict[str, frozenset[str]] = {
    "background-color": frozenset(),
    "border-collapse": frozenset(),
    "color": frozenset(),
    "font-family": frozenset(),
    "font-size": frozenset(),
    "font-weight": frozenset(),
    "height": frozenset({"td", "table"}),
    "line-height": frozenset(),
    "margin": frozenset({"p", "div", "ol", "ul", "li"}),
    "mso-hide": frozenset(),
    "mso-padding-alt": frozenset({"td"}),
    "padding": frozenset({"td"}),
    "padding-bottom": frozenset({"td"}),
    "padding-top": frozenset({"td"}),
    "text-align": frozenset(),
    "text-decoration": frozenset(),
    "width": frozenset({"td", "table"}),
}
# What Word leaves out, and why nothing is lost by it.
LEFT_OUT = {
    ("border-radius", "td"): "a button with square corners",
    ("padding", "a"): "mso-padding-alt of its cell pads the button",
    ("display", "a"): "the button is its cell there",
    ("padding", "ol"): "Word indents a list by itself",
    ("padding", "ul"): "Word indents a list by itself",
    ("padding", "li"): "its lines stand closer",
    ("margin", "body"): "Outlook's own margin stays",
    ("padding", "body"): "Outlook's own margin stays",
    ("display", "div"): "only `none` is followed, which is what it says",
    ("max-height", "div"): "mso-hide hides it",
    ("overflow", "div"): "mso-hide hides it",
    ("max-width", "table"): "a table of fixed width stands around it for Word alone",
    ("word-break", "p"): "a long address makes the line wider in old versions",
}  # fmt: skip
# A letter that has every part.
LETTER = WordedLetter(
    language="sv",
    subject="Skicka slutrapporten",
    preheader="I dag",
    paragraphs=("Kvar: slutsatser.",),
    button="Skriv slutrapporten",
    link="https://grants.example.org/t/x#s1",
    greeting="Hej Anna!",
    covers="Du ersätter Olle Dahl.",
    lead="I dag är sista dag.",
    day="Torsdag 20 januari",
    grant="Familjestöd (SN-004)",
    lines=("ett extra sammanträde",),
    beyond="… och en till",
    others=(("Därefter:", ("Uppföljningen",)),),
    all_button="Öppna mina uppgifter",
    all_link="https://grants.example.org/t/x",
    details=(("Enheten:", "ett hos oss."),),
    small_print="Länken är personlig.",
    sender="Grantline",
)


def declared(html: str) -> Iterator[tuple[str, str]]:
    """Yield each property that stands on an element, with the element."""
    for element in html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html).iter():
        for said in filter(None, element.get("style", "").split(";")):
            yield said.partition(":")[0].strip(), element.tag


@pytest.fixture
def html() -> str:
    return render_letter(LETTER).html


def test_letter_has_no_element_that_word_does_not_know(html: str) -> None:
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert {element.tag for element in tree.iter() if isinstance(element.tag, str)} <= ELEMENTS


def test_letter_asks_of_word_only_what_it_shows_or_can_be_spared(html: str) -> None:
    asked = set(declared(html))
    shown = {(name, tag) for name, tag in asked if name in SHOWN and (not SHOWN[name] or tag in SHOWN[name])}
    assert asked - shown - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() - asked == set()


def test_what_word_leaves_out_has_what_stands_for_it(html: str) -> None:
    assert html.count("<!--[if mso]><table") == 1
    assert html.count("mso-padding-alt") == html.count('class="button"') == 1
    assert html.count("mso-hide:all") == html.count('class="preheader"') == 1
