"""The messages of the watch's findings."""

from models.message import Message


class Watched(Message):
    """What the watch finds, and of what."""

    ROUND_INCOMPLETE = "the round began but did not complete"
    NO_ROUND = "no round ran"
    NOBODY_TOLD = "due %(due)s, nobody told by %(round)s though the ladder says %(first)s"
    LETTER = "letter %(number)s"
    QUEUED_FOR_LONG = "queued since %(day)s, more than five days"
    SUM_OFF = "instalments are %(sum)s, the award is %(award)s"
    PAID_OFF = "paid %(sum)s, the award is %(award)s"
    RELEASED_WITHOUT_CONDITION = "released, and has no condition"
    NOBODY_TOOK_IT = "due since %(since)s and nobody took it"
    HELD = "held by a delivery whose time ran out"
    MAY_HAVE_ARRIVED = "may or may not have arrived"
    NOT_WRITTEN = "could not be written"
    MAIL_SERVER = "the mail server %(host)s:%(port)s"
    MAILBOX = "the portal's mailbox"
    NO_LETTER_LEAVES = "it has not worked since %(since)s, and letters wait: %(why)s"
    NOT_ARRIVED = "did not arrive"
    RELEASED_UNAPPROVED = "released, and %(steps)s is not approved"
    ROW_OFF = "the row says %(row)s, the journal since %(since)s %(said)s"
    SIGN_IN_UNTOLD = "no event of the journal stands behind it; it opens nothing"
    JOURNAL_HEAD = "the journal's head %(head)s"
    HEAD_GONE = (
        "the journal does not have it, as after a backup was restored: 'grants confirm-restore' shows what would leave"
        " again, and lets it"
    )
    HELD_BACK = (
        "the journal does not have event %(number)s, which was kept outside the database, as after a backup was"
        " restored; 'grants confirm-restore --by EMAIL' shows what would leave again, and lets it"
    )
    NO_HEAD = "%(path)s holds no head of a journal"
    HASH_BROKEN = "its hash, or the link to the event before it, does not hold"
    EVENT = "journal event %(number)s"
    TRIGGER = "the database's trigger %(name)s"
    TRIGGER_GONE = "it is missing: the database no longer refuses what it refused"
    TRIGGER_OTHER = "it is switched off, or not what Grantline makes"
    TRIGGER_ADDED = "Grantline makes no such trigger: somebody added it"
    INSTALMENT = "%(reference)s instalment %(number)s"
    SUM_UNKNOWN = "no decision states its sum yet"
    IMPORT_UNCONFIRMED = "nobody has confirmed what was late at its import"
    NO_OWNER = "the step has no owner"
    NOBODY_REACHED = "neither the owner nor anyone behind them can be reached"
    DATE_UNDECIDED = "no decision says %(date)s yet"
