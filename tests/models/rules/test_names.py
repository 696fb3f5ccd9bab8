"""What an organisation is called on a day."""

from datetime import date

import pytest

from models.rules.organisation_name import name_on
from models.tables.person import OrganisationName

NAMES = [
    OrganisationName(organisation_id=1, name="Socialförvaltningen", valid_from_on=date(2010, 7, 1)),
    OrganisationName(organisation_id=1, name="Socialnämnden", valid_from_on=date(1990, 1, 1)),
    OrganisationName(organisation_id=1, name="Omsorgsnämnden", valid_from_on=date(2029, 1, 1)),
]


@pytest.mark.parametrize(
    ("on", "name"),
    [
        pytest.param(date(1989, 12, 31), "Socialnämnden", id="before all of them it is the first"),
        pytest.param(date(2010, 6, 30), "Socialnämnden", id="the day before another name"),
        pytest.param(date(2010, 7, 1), "Socialförvaltningen", id="from its first day"),
        pytest.param(date(2028, 12, 31), "Socialförvaltningen", id="a name to come is not used yet"),
    ],
)
def test_name_is_that_of_the_day(on: date, name: str) -> None:
    assert name_on(NAMES, on) == name


def test_short_name_holds_on_every_day_and_no_name_is_empty() -> None:
    assert name_on(NAMES, date(2011, 1, 1), short="SN") == "SN"
    assert name_on([], date(2011, 1, 1)) == ""
