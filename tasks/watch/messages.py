"""What is said in letters to the administrator."""

from __future__ import annotations

from models.message import Message


class Alarming(Message):
    """What the administrator is written about, and what to do."""

    PREFECT_DAMAGED = "Prefect's database was damaged"
    PREFECT_STARTS_OVER = "It lies in %(path)s; Grantline goes on with a new one."
    ONLY_RUNS_LOST = "Only the list of past runs is lost; a schedule that was paused runs again."
    RUNS_SAY_WHY = "What is in the way is said by the runs in Prefect, if there are any."
    PART_ENDS = "A part of Grantline ends again and again: %(name)s"
    ROUND_NOT_COMPLETED = "Today's round has not been completed"
    LOG_IS = "The log is %(path)s."
    NOTHING_KNOWN = "Nothing more is known of it."
    NEEDS_A_LOOK = "%(name)s needs a look"
    RUN_ENDED_BADLY = "A run of it ended badly; why, its page says: %(page)s"
    NO_ROUND_FOR = "No daily round has completed for %(hours)s hours."
    MESSAGE_IS = "The message is: %(message)s"
    WATCH_CANNOT_READ = "The watch could not read the database"
    WATCH_FOUND = "The watch found something to see to (%(count)s)"
    DOCTOR_SAYS_WHY = "What is in the way is said by grants doctor, or by the watch's run in Prefect."
    LETTERS_NOT_DELIVERED = "Letters could not be delivered"
    AND_MORE = "... and %(count)s more"
    SEE_TO_IT = "See to it with grants doctor, grants status and the runs in Prefect."
    LETTERS_NOT_ARRIVING = "Letters do not arrive"
    MAIL_SERVER_UNUSABLE = "The mail server cannot be used: %(why)s"
    LETTERS_LOST = "Letters did not arrive, and nobody else could be told. Their numbers: %(numbers)s"
    WATCH_FOUND_NOTHING = "The watch found nothing"
    JOURNAL_HEAD = "The journal's head is event %(number)s: %(hash)s"
    KEEP_MAIL = (
        "Keep this mail: grants journal --verify --head HASH tells whether the journal goes on from it."
    )
