"""The workbook that the office brings: people with their managers, and grants that begin around a day."""

from datetime import date
from pathlib import Path

from openpyxl import Workbook

from models.rules.dates.calendar import WorkCalendar
from tests.office.servers import DOMAIN

_PEOPLE_HEADINGS = ("E-post", "Namn", "Befattning", "Chef", "Språk", "Administratör")
_GRANT_HEADINGS = (
    "Diarienummer", "Projekt", "Program", "Finansiär", "Mottagare", "Sista ansökningsdag", "Handläggare",
    "Enhetschef", "Avdelningschef", "Förvaltningschef", "Nämndsekreterare", "Controller",
)  # fmt: skip
_PROGRAMME = "development-funds-2009"
# Whose mailbox there is at Postfix. Mail to `gone` is taken and comes back; mail to `refused` is refused at once.
STAFF = ("anna", "bo", "english", "unit", "department", "head", "secretary", "controller", "admin")
GONE, REFUSED = "gone", "refused"


def address(name: str) -> str:
    """Return somebody's address."""
    return f"{name}@{DOMAIN}"


def write_workbook(file: Path, today: date) -> None:
    """Write the office's people and grants; `today` is a working day on which several are reminded."""
    book = Workbook()
    people = book.active
    assert people is not None
    people.title = "Personer"
    people.append(_PEOPLE_HEADINGS)
    for person in _people():
        people.append(person)
    grants = book.create_sheet("Bidrag")
    grants.append(_GRANT_HEADINGS)
    for grant in _grants(today):
        grants.append(grant)
    book.save(file)


def _people() -> list[tuple[str, ...]]:
    def person(name: str, shown: str, title: str, manager: str = "", *more: str) -> tuple[str, ...]:
        above = address(manager) if manager else ""
        return (address(name), shown, title, above, *more)

    return [
        person("head", "Förvaltningschef Ett", "förvaltningschef"),
        person("department", "Avdelningschef Ett", "avdelningschef", "head"),
        person("unit", "Enhetschef Ett", "enhetschef", "department"),
        person("anna", "Samordnare Ett", "samordnare", "unit"),
        person("bo", "Samordnare Två", "samordnare", "unit"),
        person("english", "Coordinator Three", "samordnare", "unit", "en"),
        person(GONE, "Samordnare Borta", "samordnare", "unit"),
        person(REFUSED, "Samordnare Nekad", "samordnare", "unit"),
        person("secretary", "Nämndsekreterare Ett", "nämndsekreterare"),
        person("controller", "Controller Ett", "controller", "head"),
        person("admin", "Systemförvaltare Ett", "systemförvaltare", "", "sv", "ja"),
    ]


def _grants(today: date) -> list[tuple[object, ...]]:
    soon = WorkCalendar("SE").add(today, 1)
    owners = {
        "anna": ("Språkstöd i hemtjänsten", "Anhörigstöd"),
        "bo": ("Bostad först",),
        "english": ("Digital mottagning",),
        GONE: ("Barns delaktighet",),
        REFUSED: ("Föräldrastöd",),
    }
    rows: list[tuple[object, ...]] = []
    for owner, titles in owners.items():
        for title in titles:
            rows.append(
                (
                    f"SN 2026/{101 + len(rows)}", title, _PROGRAMME, "Länsstyrelsen", "Socialnämnden",
                    soon, address(owner), address("unit"), address("department"),
                    address("head"), address("secretary"), address("controller"),
                )
            )  # fmt: skip
    return rows
