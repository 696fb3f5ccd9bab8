"""What is said of how commands are called."""

from __future__ import annotations

from models.message import Message


class Cli(Message):
    """What is wrong with how a command is called."""

    NEITHER_NOR = "neither a programme nor a grant: '%(reference)s'%(near)s"
    IN_FUTURE = "--on %(day)s lies in the future"
    LETTERS_TODAY = "--on %(day)s lies in the future, and its letters would leave today; add --dry-run"
    ONE_OF = "give one of %(options)s, not both"
    AFTER_THE_MEETING = "%(option)s %(day)s is after the meeting (%(held_on)s)"
    ANNUL_WHICH = "--annul and --reason are about a decision that is recorded: say which (--correct DAY)"
    BELOW_0 = "--amount: '%(amount)s' is below 0; where money is taken back say what is left: --total"
    DAY_OF_DECISION = "say the day of the decision: --on DATE"
    SAYS_NOTHING = "%(option)s says nothing: leave it out, or correct what is recorded (--correct DAY)"
    WHO_CHOOSES = "say who chooses about small numbers: --by EMAIL"
    WHO_KEEPS = "say who keeps it: --by EMAIL"
    HEAD_WITH_VERIFY = "--head goes with --verify"
    NAME_THE_ZIP = "%(path)s is a directory: name the zip to write"
    NAME_GRANTS = "name the grants, or give --all for every running grant of the programme"
    WRITE_DATE = "--date %(text)s: write it as NAME=2011-01-20"
    WRITE_MOMENT = "--on %(text)s: write it as 2010-12-31T09:00"
    WRITE_INSTALMENT = "write it as 1=300000 or 1=60 %%"
    WRITE_DOCUMENT = "--document %(text)s: write it as KEY=FILE"
    WRITE_SET = "--set %(text)s: write it as QUESTION=ANSWER"
    DATA_TOO_DEEP = "--data %(path)s: its brackets lie too deep in each other"
    DATA_NOT_UTF8 = "--data %(path)s: not UTF-8 text: save the file as UTF-8"
    DATA_NOT_JSON = "--data %(path)s: not JSON: %(why)s"
    DATA_NO_OBJECT = "--data %(path)s: expected an object, question -> answer"
    NOTHING_TO_PLAY = "%(name)s: it has no 'script' and no dates to play"
