"""A run that finds another database or other settings than the portal's stops with one line, and tells nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from prefect import State, flow
from sqlalchemy import Engine

from flows.daily_round import daily_round
from flows.final_report import final_report
from flows.letters import deliver_letters
from flows.pages import overview
from flows.phase_tasks import notify_owners
from flows.runs import open_office
from flows.watch import watch
from models.errors import OtherInstallation
from models.vocabulary import Phase
from tasks.installation import Installed, installation_mark, require_same, write_installation
from tasks.round.days import RoundDay
from tasks.settings import load_settings
from tasks.watch.alarms import filed_alarms
from tests.databases import a_new_postgres_database
from tests.flows.runs import TODAY, ended, rows_of
from tests.grant_scenes import at

Told = dict[str, str]
RUNS: dict[str, Callable[[], State[Any]]] = {
    "daily-round": lambda: daily_round(on=TODAY, return_state=True),
    "final-report": lambda: final_report(on=TODAY, return_state=True),
    "deliver-letters": lambda: deliver_letters(return_state=True),
    "overview": lambda: overview(return_state=True),
    "watch": lambda: watch(return_state=True),
}


@pytest.fixture
def told(sample: Engine) -> Told:
    """What the deployments of this installation carry."""
    return installation_mark(load_settings(), sample)


def is_told(monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    """Let runs be told of an installation, as a worker tells them."""
    for name, value in write_installation(told).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", RUNS)
def test_run_elsewhere_stops_with_one_line_and_changes_nothing(
    sample: Engine, told: Told, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = rows_of(sample)
    is_told(monkeypatch, told | {"database": "postgresql://db.example.org/grants", "id": "another"})
    state, said = ended(RUNS[name]())
    assert state == "Failed"
    assert said.endswith(
        f"Inte portalens installation: den här körningen arbetar med databasen {told['database']}, portalen med"
        " databasen postgresql://db.example.org/grants; starta Prefects worker med portalens inställningar, eller kör"
        " ”grants deploy” om de har ändrats"
    )
    assert len(said.splitlines()) == 1
    assert rows_of(sample) == before
    # The watch alone tells, and the administrator alone hears.
    alarms = [one.about for one in filed_alarms(load_settings())]
    assert alarms == (
        ["Prefects körningar arbetar inte med det som portalen arbetar med"] if name == "watch" else []
    )


def test_run_of_the_portals_installation_goes_on(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    is_told(monkeypatch, told)
    assert ended(deliver_letters(return_state=True))[0] == "Completed"


@pytest.mark.usefixtures("sample")
def test_run_of_a_deployment_that_tells_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "a run's own process")
    with pytest.raises(OtherInstallation, match="are not told what the portal works on"):
        open_office()


def test_batch_on_a_machine_with_another_database_is_not_done(
    sample: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of(sample)
    monkeypatch.setattr(notify_owners, "retries", 0)
    day = RoundDay(TODAY, at(TODAY, 7), database_id="another")

    @flow
    def one_batch() -> tuple[str, str]:
        return ended(notify_owners(day, Phase.FINAL_REPORT, return_state=True))

    name, said = one_batch()
    assert (name, "en maskin som arbetar med en annan databas" in said) == ("Failed", True)
    assert rows_of(sample) == before


@pytest.mark.parametrize(
    ("setting", "value", "own", "other"),
    [
        pytest.param("SMTP_HOST", "mail.example.org", "mail server mail.example.org:587", "no mail server", id="mail"),
        pytest.param("PORTAL_URL", "https://a.example.org", "address https://a.example.org", "http://127", id="portal"),
        pytest.param("SECRET_KEYS", "another key that is long enough", "the key ", "no key", id="key"),
        pytest.param("DOCUMENTS", "/srv/other", "the folder /srv/other", "the folder ", id="files"),
    ],
)  # fmt: skip
def test_each_part_that_matters_is_compared(
    sample: Engine,
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
    value: str,
    own: str,
    other: str,
) -> None:
    require_same(load_settings(), sample, told)
    monkeypatch.setenv(f"GRANTS_{setting}", value)
    with pytest.raises(OtherInstallation) as raised:
        require_same(load_settings(), sample, told)
    here, _, there = str(raised.value).partition("the portal on ")
    assert own in here
    assert other in there


def test_another_database_at_the_same_address_is_another(sample: Engine, told: Told) -> None:
    with pytest.raises(
        OtherInstallation, match=f"with the number {told['id']}, the portal on the .* number abc;"
    ):
        require_same(load_settings(), sample, told | {"id": "abc"})


def test_mark_shows_no_password_and_no_key(tmp_path: Any) -> None:
    engine = a_new_postgres_database()
    address = engine.url.set(username="clerk", password="open sesame").render_as_string(hide_password=False)
    settings = load_settings(home=tmp_path, database_url=f"{address}&sslpassword=hush", secret_keys="k" * 32)
    mark = installation_mark(settings, engine)
    assert mark["database"].startswith("postgresql://")
    assert not [
        value for value in mark.values() if any(word in value for word in ("sesame", "hush", "clerk", "kkk"))
    ]
    engine.dispose()


def test_deployment_that_tells_nothing_is_refused(sample: Engine) -> None:
    with pytest.raises(OtherInstallation, match="are not told what the portal works on; run 'grants deploy'"):
        require_same(load_settings(), sample, None, Installed.HERE_ELSEWHERE)
