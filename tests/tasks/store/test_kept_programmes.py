"""Hold that a kept plan says in which version of the language its sentences are, and that an unknown one is refused."""

import pytest
from sqlalchemy import Engine

from models.errors import DatabaseUnready
from models.tables.grant import ProgrammeVersion
from tasks.store.database import transaction
from tasks.store.programmes import load_programme
from tests.builders import add
from tests.grant_scenes import open_grants, rows


@pytest.mark.parametrize(("said", "version"), [({"language": 3}, "3"), ({}, "1")])
def test_plan_in_another_version_of_the_language_is_refused_in_one_line(
    own_engine: Engine, said: dict[str, int], version: str
) -> None:
    open_grants(own_engine)
    (kept,) = rows(own_engine, ProgrammeVersion)
    assert kept.body["language"] == 2
    body = {name: one for name, one in kept.body.items() if name != "language"} | said
    with transaction(own_engine) as connection:
        other = add(
            connection,
            ProgrammeVersion,
            key="other",
            sha256=version * 64,
            body=body,
            recorded_at=kept.recorded_at,
        )
        with pytest.raises(
            DatabaseUnready, match=f"is kept in version {version} of the rules' language"
        ) as caught:
            load_programme(connection, other)
    assert "\n" not in str(caught.value)
