"""Kill a whole in mid-round, and start it again: `make test-office` does, since two starts take minutes."""

from pathlib import Path

from sqlalchemy import Engine, text

from tasks.store.database import reading
from tests.deployments.up.whole_start import (
    READY_WITHIN,
    database,
    letters_by_status,
    mail_by,
    page_of,
    up,
    write_office,
)
from tests.free_ports import find_free_ports
from tests.mail_server import MailServer
from tests.waiting import until


def test_whole_that_is_killed_in_mid_round_does_it_again_and_repeats_nothing(tmp_path: Path) -> None:
    port = find_free_ports(2)
    with MailServer().running() as post, database(tmp_path) as engine:
        write_office(tmp_path, **mail_by(post))
        with up(tmp_path, port, "--sample") as whole:
            assert whole.wait_for("Ctrl-C stops it") < READY_WITHIN
            cut_off = until(lambda: whole.runs("daily-round", any_=["RUNNING"]), "the round to be running")[0]
            whole.process.kill()
            whole.process.wait(60)
            until(whole.is_gone, "every process to be gone", READY_WITHIN)
            # A sample sends nothing, though a mail server is set.
            assert post.connections == 0
            assert letters_by_status(engine).keys() <= {"queued", "claimed", "handing_over", "captured"}

        with up(tmp_path, port) as again:
            again.wait_for("Ctrl-C stops it")
            assert "Ekbacka kommun" not in page_of(again, "/login")
            state, message = again.command("daily-round", on=cut_off["parameters"]["on"])
            assert (state, "misslyckades" in message) == ("Completed", False), message
            ended = {"accepted", "captured", "cancelled"}
            until(lambda: letters_by_status(engine).keys() <= ended, "the letters")
            hold_that_no_letter_was_repeated(engine, post)
            assert "Traceback" not in "\n".join([*whole.lines, *again.lines])


def hold_that_no_letter_was_repeated(engine: Engine, post: MailServer) -> None:
    with reading(engine) as connection:
        query = "SELECT message_id FROM letter WHERE status = 'accepted'"
        accepted = sorted(connection.execute(text(query)).scalars())
    assert letters_by_status(engine).total() > 3
    assert [mail_id.strip("<>").partition("@")[0] for mail_id in post.message_ids()] == accepted
