"""The messages about how a command is called."""

from models.message import Message


class Cli(Message):
    """What is wrong with how a command is called."""

    NO_PROGRAMME_SAYS = "no programme says all of '%(words)s'%(near)s"
    NOT_DONE = "--on says when it was done, so it does not go with %(option)s"
    OFFICES_CLOSED = "%(day)s: offices are closed (%(why)s); nothing is sent."
    ONE_OF = "give one of %(options)s"
    ANNUL_WHICH = "--annul and --reason are about a decision that is recorded: say which (--correct DAY)"
    CALL_ANNULS = (
        "--told-by and --told-on go with --annul: a decision has its number (--source) or its letter (--file)"
    )
    ONE_GRANT = "%(path)s has %(count)s grants of %(programme)s: leave the one that dates the steps"
    DAY_OF_DECISION = "say the day of the decision: --on DATE"
    NO_COMMAND = "'%(name)s' is not a command here; name one of Prefect's, as 'grants exec prefect version'"
    SAY_WHO = "say who does it: --by EMAIL"
    NAME_GRANTS = "name the grants, or give --all for every running grant of the programme"
    WRITE_PAIR = "'%(text)s': write it as NAME=VALUE"
    WRITE_NUMBERED = "write it as 1=300000 or 1=60 %%"
    KEPT_THERE = "%(name)s: it is there already; name a new folder"
    NOTHING_TO_PLAY = "%(name)s: it has no 'script' and no dates to play"
    NOT_CONFIRMED = "%(grant)s is not confirmed: %(why)s"
    IS_CONFIRMED = "%(grant)s is confirmed"
    NOT_TEXT = "an argument is not UTF-8 text; write it in UTF-8"
    SEE_HELP = "%(why)s see '%(command)s --help'"
    STOPPED = "stopped"
    THE_SYSTEM = "the system"


class Restoring(Message):
    """What is found of a backup, and what would leave again after it was restored."""

    NO_DATABASE = (
        "%(path)s is not there: name the folder of the backup, or name the restored PostgreSQL database in"
        " GRANTS_DATABASE_URL"
    )
    OPENED = "%(place)s can be read"
    JOURNAL_WHOLE = "every link holds; its head is event %(head)s"
    JOURNAL_BROKEN = "%(count)s events do not hold, the first of them event %(first)s"
    TRIGGERS_HOLD = "the database has those that Grantline makes"
    TRIGGERS_OFF = (
        "%(count)s of the database are missing, switched off or not what Grantline makes: %(names)s; 'grants init' puts"
        " its own back"
    )
    KEYS_FIT = "they signed the links of this database"
    KEYS_GONE = (
        "the backup has no secret_keys, and GRANTS_SECRET_KEYS is not set: no link in a letter that has left"
        " would open"
    )
    KEYS_OTHER = "they did not sign the links of this database: none in a letter that has left would open"
    KEYS_UNKNOWN = "the database does not say which key signed its links; 'grants init' lets it know"
    PUT_BACK = (
        "The database did not have these triggers as Grantline makes them, and has them again: %(names)s"
    )
    ROWS_HOLD = "they hold what the journal says"
    ROWS_OFF = "%(count)s hold something else than the journal says: %(rows)s"
    NO_HEAD = "the backup has no journal-head: whether the journal is all there is not known"
    GOES_ON = "the journal goes on from %(head)s, which was kept outside the database"
    ENDS_BEFORE = (
        "the journal does not have %(head)s, which was kept outside the database: it is another one, or its end is"
        " gone; restored, it holds all letters until 'grants confirm-restore'"
    )
    FILES_WHOLE = "%(count)s files are there as they were kept"
    FILES_HARMED = "%(count)s of %(of)s files are gone or not what was kept; the first: %(first)s"
    ROUND = "the round of %(day)s, tried: %(letters)s letters, %(failed)s failures"
    LETTERS_AGAIN = "Letters of the database that leave again, or for the first time: %(count)s"
    TOLD_AGAIN = "Told by the round of %(day)s, and perhaps told since the backup: %(count)s"
    LETTER = "letter"
    WHO = "who"
    DAY = "day"
    STATE = "state"
    GRANT = "grant"
    STEP = "step"
    DUE = "due"
    ABOUT = "about"
    MORE = "... and %(count)s more"
    NOTHING_HELD = "Nothing is held: the journal goes on from what was kept outside the database."
    MAY_LEAVE = "They are held. With --yes they leave, and the next round tells what it finds."
    LEAVE_AGAIN = "Letters leave again."
