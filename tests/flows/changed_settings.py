"""Deploy again after a setting has changed: `make test-office` does, since each deploy takes long."""

from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client

from tasks.installation import read_installation
from tests.flows.test_deployments import deploy_from, deployed

__all__ = ["deployed"]


def test_changed_settings_are_deployed_again_and_a_pause_survives(deployed: Path) -> None:
    def schedules(*, pause: bool = False) -> list[tuple[UUID, bool]]:
        with get_client(sync_client=True) as client:
            found = client.read_deployment_by_name("daily-round/daily-round")
            for each in found.schedules if pause else ():
                client.update_deployment_schedule(found.id, each.id, active=False)
        return [(each.id, each.active) for each in found.schedules]

    def told_of_mail() -> str:
        with get_client(sync_client=True) as client:
            one = client.read_deployment_by_name("daily-round/daily-round")
        told = read_installation(one.job_variables["env"])
        assert told is not None
        return told["mail"]

    assert not deploy_from(deployed)
    assert told_of_mail() == ""
    paused = schedules(pause=True)
    assert deploy_from(deployed, smtp_host="mail.example.org")
    assert told_of_mail() == "mail.example.org:587"
    assert schedules() == [(each, False) for each, _ in paused]
