"""Hold that a programme can be said in rows, as the page for a letter has it, and comes out the same."""

import pytest

from deployments.portal.programme.posted_rows import read_rows
from deployments.shipped_files import PROGRAMMES
from models.programme.plan import Programme
from tasks.programmes.files import check_text, read_programme, read_written
from tasks.programmes.rows.content import content_of
from tasks.programmes.rows.from_file import rows_of
from tasks.programmes.rows.row import DutyRow, PaymentRow, ProgrammeRows, names_of
from tasks.programmes.rows.swedish import in_english, in_language
from tasks.programmes.strict_yaml import write_yaml
from tests.programme_rows import posted

# Twenty-five that are rebuilt.
REBUILT = (
    "aland-culture",
    "arvsfonden",
    "avi-library-building",
    "county-requisition-2019",
    "development-funds-2009",
    "elderly-care-2023",
    "energy-audit-small-firms",
    "estonian-swedes-culture",
    "finland-eu-home-affairs",
    "innovate-uk",
    "innovativ-kultur",
    "kalmar-culture-project",
    "klimatklivet",
    "konkurrensverket",
    "lisi-wahl-foundation",
    "lona",
    "lova",
    "mucf-ethnic",
    "nsf",
    "project-funds-2009",
    "svenska-kulturfonden",
    "tillvaxtverket-national",
    "uk-dfid-cscf",
    "us-federal-award",
    "vinnova",
)
# The others, on which the page is tried.
KEPT_APART = (
    "canada-tri-agency",
    "home-visits-2024",
    "ukri",
    "us-federal-award-half-yearly",
    "us-federal-award-quarterly",
    "us-federal-subaward",
    "wellcome",
)
# These say what no row has, and are written as files.
UNSAID = {
    "forte": "its own sentence to who reports: todo",
    "horizon-europe": "what another keeps of a payment: keeps",
    "mucf": "sums that are published for each year: amounts",
    "us-single-audit": "a duty that is done once for all grants of a recipient: one_for",
}


def said_in_rows(name: str) -> str:
    """Return the file that a shipped programme's rows make, posted in Swedish; of one that extends others, of all."""
    shown = in_language(rows_of(read_written(PROGRAMMES / f"{name}.yaml"), "sv"), "sv")
    return write_yaml(content_of(in_english(read_rows(posted(shown)))))


def planned(text: str) -> object:
    return check_text(text, "rows.yaml", examples=False)


@pytest.mark.parametrize("name", [*REBUILT, *KEPT_APART])
def test_shipped_programme_that_is_said_in_rows_gives_an_equal_plan(name: str) -> None:
    assert planned(said_in_rows(name)) == read_programme(PROGRAMMES / f"{name}.yaml", examples=False)


def test_every_shipped_programme_is_said_in_rows_or_says_why_not() -> None:
    shipped = {path.stem for path in PROGRAMMES.glob("*.yaml") if not path.stem.endswith("-office")}
    assert {*REBUILT, *KEPT_APART, *UNSAID} == shipped
    for name in UNSAID:
        assert planned(said_in_rows(name)) != read_programme(PROGRAMMES / f"{name}.yaml", examples=False)


def test_row_is_called_by_its_title_or_its_own_name_and_two_differ() -> None:
    titles = ("Slutrapport", "Möte med bidragsgivaren", "final report", "Årsrapport / Yearly report")
    assert names_of([DutyRow(title=title) for title in titles]) == [
        "final-report",
        "mote-med-bidragsgivaren",
        "final-report-2",
        "arsrapport",
    ]
    assert names_of([PaymentRow(title="Första delen"), PaymentRow(title="Rest", name="last-part")]) == [
        "advance",
        "last-part",
    ]
    numbered = [DutyRow(title="Möte 3"), DutyRow(title="Möte"), DutyRow(title="Möte")]
    assert names_of(numbered) == ["mote-3", "mote", "mote-2"]


def test_committee_that_approves_is_a_body_of_the_file() -> None:
    duties = (
        DutyRow(title="Utkast till slutrapport", approval="committee", approval_due="at final-report"),
        DutyRow(title="Slutrapport", due="2 months after grant_end", needs="draft.approved"),
    )
    lona = rows_of(read_written(PROGRAMMES / "lona.yaml"), "sv")
    rows = ProgrammeRows(
        head=lona.head, duties=duties, payments=(PaymentRow(title="Hela bidraget", share="100 %"),)
    )
    found = planned(write_yaml(content_of(rows)))
    assert isinstance(found, Programme)
    assert found.bodies["committee"].title.sv == "nämnden"
    assert (found.step("draft-approval").body, found.step("final-report").needs) == (
        "committee",
        ("draft-approval",),
    )
