"""The messages of refused commands."""

from models.message import Message


class Decided(Message):
    """Why a funder's decision cannot be recorded like this."""

    THE_DECISION = "the %(kind)s of %(day)s"
    NO_SUCH_DATE = "the programme has no date '%(date)s'; it has: %(known)s"
    NO_NUMBER = (
        "it moves %(step)s from %(was)s to %(day)s, a day of the funder's: give the number of the decision or letter"
        " that says so"
    )
    NO_WORD = (
        "without the decision %(step)s moves from %(was)s to %(day)s, a day of the funder's: give the number of the"
        " paper that says so, the paper as a file, or who said it by telephone and when"
    )
    ANNUL_FIRST = "annul that first (--correct)"
    INSTALMENT = "instalment %(number)s"
    MORE_THAN = "%(part)s is %(sum)s, which is more than %(most)s"
    GRANT_OF_ITS_OWN = "money that comes now needs a grant of its own"
    GRANT_IS = "grant %(reference)s is %(status)s: %(mend)s"
    AWARDED_ALREADY = (
        "the grant has an award already; record a supplement or an amendment, or correct it (--correct"
        " %(day)s)"
    )
    WITHDRAW_INSTEAD = "the grant has an award already; record a withdrawal"
    ENDS_WITHOUT_SUM = "a %(kind)s ends the grant and states no sum"
    ONE_SUM = "give the sum that the decision adds or the whole award after it, not both"
    IN_FUTURE = "%(decision)s lies in the future"
    ENDS_BEFORE_START = "the grant would end (%(end)s) before it begins (%(start)s)"
    TOLD_ALREADY = (
        "%(step)s was done on %(day)s and reports %(period)s too, so that nothing would report the time until %(end)s:"
        " send it back first (grants return; where it is approved, grants withdraw), or open a grant of its own for"
        " the new time"
    )
    RECORDED_ALREADY = (
        "%(decision)s is recorded already; what is otherwise in it can be corrected (--correct %(day)s)"
    )
    LESS_THAN_RELEASED = "the award would become smaller than what is released: %(sum)s"
    LARGEST_AWARD = "the award would be larger than any sum here can be (%(most)s in minor units)"
    MORE_THAN_AWARD = "the instalments come to %(sum)s, which is more than the award"
    NOT_ITS_SUM = "a decision does not say the sum of %(part)s: the programme says %(share)s"
    NEEDS_AWARD = "a %(kind)s needs an award first"
    BEFORE_AWARD = "a %(kind)s cannot come before the award of %(day)s"
    AWARD_UNSTATED = "no decision states the award: say it first, then the sum of %(part)s"
    RELEASED_ALREADY = "%(part)s is released already, and keeps its sum"


class Summed(Message):
    """Why a budget's line, or the sum of a claim, is not accepted."""

    IN_PERIOD = " in %(period)s"
    BUDGET_TWICE = "budget of %(reference)s: the account '%(account)s' stands twice%(within)s"
    BUDGET_OF_NO_GRANT = "budget of %(reference)s: there is no such grant"
    BUDGET_LINE = "budget of %(reference)s: %(account)s: %(why)s"
    NOT_KNOWN = "not known"
    CLAIM_NOT_ITS_SUM = "the claim does not say the sum of instalment %(number)s: it is %(sum)s"
    LEFT_TO_CLAIM = "there is %(sum)s left of the award to claim with instalment %(number)s"


class Answering(Message):
    """Why an answer is not accepted: by the rule's reason, and what only the command knows."""

    ALREADY_DONE = "%(step)s: it is settled already (%(status)s)"
    ALREADY_DONE_ON = "%(step)s: it is settled already: %(status)s on %(done_on)s"
    OWN_REPORT = "%(step)s: who made the report cannot approve it"
    SIGN_IN = "%(step)s: sign in to answer it: a letter's link or an old sign-in does not tell who you are"
    NAMED_ONLY = (
        "%(step)s lets money go: sign in to the portal and record it there;"
        " a name at the command line does not"
    )
    NEEDS_FIRST = "%(step)s: it waits for: %(detail)s"
    NOT_YET_OPEN = "%(step)s: it cannot be answered yet: it opens on %(detail)s"
    NOT_DATED = "%(step)s: it has no date yet: it waits for %(detail)s"
    NO_DATE = "%(step)s: it has no date yet"
    WRONG_KIND = "%(step)s: it takes another kind of answer: its kind is %(kind)s"
    NOT_PERIODIC = "%(step)s: only a follow-up of a period can have nothing to report"
    NO_REASON = "%(step)s: say why"
    NOT_APPROVED = "%(step)s: there is no approval to take back: the step is %(status)s"
    NOT_THEIRS = (
        "%(step)s: an approval is taken back by who gave it or has that role now, for a body by its secretary:"
        " %(person)s is neither"
    )
    NOT_OPTIONAL = "%(step)s: the programme does not let it be skipped"
    NO_DOCUMENT = "%(step)s: its documents are missing: %(detail)s"
    NO_ROLE = "%(person)s has no part in %(step)s of %(grant)s"
    MONEY_ROLE = (
        "%(step)s lets money go: %(person)s holds no role in %(grant)s that the journal knows; deputies and owners of"
        " steps do not record it: give a role to who is to (an import's 'roles')"
    )
    MONEY_STEP = "%(step)s is settled by 'grants %(command)s' on its instalment"
    EXPECTED_PASSED = "%(step)s: %(day)s has passed; say when it will be done"
    PAPER_IN_FUTURE = "%(step)s: %(what)s on %(day)s lies in the future"
    NO_MEETING = "%(step)s: no meeting on %(day)s"
    PAPER_TOO_EARLY = "%(step)s: %(what)s on %(day)s comes before what it follows (%(followed)s)"
    AN_APPROVAL = "an approval"
    WHAT_WAS_DONE = "what was done"
    NOT_NEEDED = "the decision that it is not needed"
    NO_SUCH_DOCUMENT = "%(step)s asks for no document '%(document)s'; it asks for: %(there)s"
    PAGE_CHANGED = "%(step)s has changed since the page was opened; open it again"
    REPORT_CHANGED = (
        "%(step)s: version %(made)s of the final report was made since the page was opened; look at it"
    )
    NAME_A_COLLEAGUE = "%(step)s: name a colleague who takes it over"
    CORRECT_OR_SAY_WHY = (
        "'%(question)s': %(says)s (%(against)s): correct %(what)s, or say why ('%(question)s.why')"
    )
    CORRECT = "'%(question)s': %(says)s (%(against)s): correct %(what)s"
    IT = "it"
    BOOKS_OR_BUDGET = "the books or the budget"
    OTHER_VERSION = (
        "%(step)s: version %(version)s of the final report was approved on %(day)s, and version %(other)s is"
        " another: send what was approved, or let it be approved again"
    )


class Undoing(Message):
    """Why an act cannot be undone: by the rule's reason."""

    NEVER = "money and approvals are taken back with a reason ('grants withdraw')"
    UNDONE = "it is undone already"
    TOO_LATE = "more than a day has passed"
    CHANGED = "something has happened to the step since"
    ACTED_ON = "the next step has been answered"
    GRANT_ENDED = "the grant has ended"


class Refusal(Message):
    """Why an act is not possible: people, steps, meetings, programmes."""

    LATE_TO_COME = "%(day)s lies in the future: what is late counts from a day that has come"
    ANOTHER_CONFIRMS = "grant %(reference)s is confirmed by another than who entered it"
    BOOKS_UNCHANGED = "%(step)s: nothing in the books waits to be explained"
    NOT_QUIET = "grant %(reference)s is not quiet: nothing of it waits to be confirmed"
    WHO = "say who does it (--by)"
    NOT_THEIR_ABSENCE = "an absence is confirmed by the person's manager or an administrator"
    NO_PART = "%(person)s has no part in %(grant)s"
    NO_SUCH_STEP = "'%(step)s' in %(grant)s%(near)s"
    NO_SUCH_INSTALMENT = "%(number)s in %(grant)s; it has: %(there)s"
    NO_SUCH_PERSON = "'%(person)s' is not known; import the person first"
    AWAY_WHEN = "Say the first day away, the last, or both."
    NO_ABSENCE = "no absence of theirs begins on %(day)s"
    NO_PERSON_HERE = "'%(person)s' is not known, or has left"
    GRANT_IS = "grant %(grant)s is %(status)s"
    DATE_PASSED = "the new date, %(day)s, has passed"
    WHY_MOVED = "say why the date moves (--reason)"
    EXTENDED_ALREADY = "%(step)s is extended to %(day)s already, for this reason"
    FUNDERS_DATE = (
        "%(step)s is due on a day of the funder's: say by which decision or letter it moves, by its number, or who"
        " there said so by telephone and on which day"
    )
    WAITED_FOR = "%(waiting)s waits for %(step)s and is due on %(day)s: %(to)s is too late; move that first"
    DAYS_DO_NOT_SETTLE = (
        "the new day of %(step)s and the meetings before it move each other without end: add a meeting after today"
        " ('grants meeting'), then withdraw"
    )
    OUR_DATE = "the date of %(step)s is our own: leave out the funder's number and call"
    CALL_TO_COME = "a call on %(day)s lies in the future"
    ONE_READING = "the date of %(step)s can be read in one way only: extend it instead"
    OTHER_READINGS = "%(step)s is due on one of %(days)s, not on %(day)s"
    NOTHING_TO_EXTEND = "%(step)s is %(status)s; there is nothing to extend"
    FILED_WITH_ANSWER = "%(step)s is to be done: its paper comes with the answer"
    NOTHING_TO_CONFIRM = "%(step)s is %(status)s; there is nothing to confirm"
    MINUTES = "minutes are confirmed 0 to %(most)s days after the meeting"
    AFTER_THE_MEETING = "%(day)s is after the meeting (%(held_on)s)"
    NO_SUCH_BODY = "there is no body '%(body)s'"
    NO_ITEM = "%(step)s is not an item before a committee or another body"
    ITEM_NO_MEETING = "no meeting is to take %(step)s"
    ITEM_MEETING_OVER = "the day of the meeting that takes %(step)s has come: its agenda is closed"
    ITEM_ON_ALREADY = "%(step)s is on the agenda already"
    ITEM_NOT_ON = "%(step)s is not on the agenda"
    ITEM_NOT_HELD = "no meeting was held on that day that could defer %(step)s"
    ITEM_DEFERRED_ALREADY = (
        "it is recorded already that this meeting, or a later one, did not decide %(step)s"
    )
    NOT_IN_TIME = "the meeting on %(day)s does not take %(step)s in time"
    BODY_THERE = "%(name)s is known already"
    ALL_MEET_ALREADY = "%(body)s meets on all of these days already"
    MEETS_ALREADY = "%(body)s meets on %(day)s already"
    NO_SUCH_MEETING = "%(body)s on %(day)s; it has: %(there)s"
    DATE_MISSING = "%(grant)s: the date '%(date)s' is missing (%(title)s): import it first"
    OTHER_MONEY = (
        "%(grant)s: the programme has another currency, or other instalments: an amendment decides that"
    )
    OTHER_KIND = "%(grant)s: %(step)s is of kind %(kind)s, and stays so: give it another key"
    FEWER_CONDITIONS = (
        "%(grant)s: instalment %(number)s would no longer wait for %(steps)s: money that is decided keeps its"
        " conditions; leave it in 'needs', and record the approval when it is given or waived"
    )


class Correcting(Message):
    """Why a recorded decision is not corrected."""

    SEVERAL = "of %(day)s there are %(kinds)s: say which (--kind)"
    NOT_RECORDED = "no %(kind)s of %(day)s is recorded for %(grant)s; it has: %(there)s"
    DECISION = "decision"
    NOTHING_ELSE = "the %(kind)s of %(day)s is recorded so already: say what is otherwise in it"
    GRANT_ENDED = "grant %(grant)s is %(status)s: only the %(kind)s can be corrected"
    GRANT_CLOSED = "grant %(grant)s is closed: its decisions stand as they were paid"
    AWARD_NEEDED = "the %(kind)s of %(day)s needs the award: annul it first"
    AWARD_TOO_LATE = "the award cannot come after the decision of %(day)s"
    CLAIMED_BEFORE = "instalment %(number)s was claimed on %(was)s: the %(kind)s cannot be of %(day)s"
    PAID_BEFORE = "instalment %(number)s was paid on %(was)s: the %(kind)s cannot be of %(day)s"


class Paying(Message):
    """Why an instalment is not released, declined, claimed or paid."""

    CONDITION_MISSING = "%(part)s: its condition is not approved: %(missing)s"
    SAME_PERSON = "%(part)s: the person who asked for the release cannot confirm it; a second person must"
    RECORDED_APPROVAL = "%(part)s: who recorded the funder's approval cannot be the second to confirm"
    SIGN_IN = "%(part)s: sign in to confirm it: a letter's link or an old sign-in does not tell who you are"
    NO_ROLE = (
        "%(part)s: that person holds no role in the grant that the journal knows, or has left; deputies and owners of"
        " steps confirm no money: give a role to who is to (an import's 'roles')"
    )
    NOBODY_ELSE = (
        "%(part)s: nobody else with a role in the grant may be the second to confirm it: give somebody one first (an"
        " import's 'roles: controller')"
    )
    NAMED_ONLY = (
        "%(part)s was asked for on %(asked)s: the second person signs in to the portal and confirms there; 'grants"
        " release' only asks, or declines (--decline)"
    )
    DECLINE_NOT_RELEASABLE = "%(part)s is %(status)s: there is nothing to decline"
    DECLINE_SAME_PERSON = "%(part)s: the person who asked for the release cannot decline it"
    DECLINE_NO_REASON = "say what is not right (--decline REASON)"
    NO_SUM = "%(part)s: its sum is not known yet"
    NOTHING_DUE = "%(part)s: its sum is 0, so there is nothing to release, claim or pay"
    SUM_CHANGED = "%(part)s: its sum is not the one that you confirm; look at it again ('grants status')"
    ALREADY_RELEASED = "%(part)s: it is released already"
    NO_CONDITION = "%(part)s: it has no condition: the funder's decision releases it"
    ASKED_ALREADY = (
        "%(part)s was asked for on %(asked)s; the second person signs in to the portal and confirms there"
    )
    INSTALMENT_OF = "instalment %(number)s of %(grant)s"
    OTHER_ACCOUNT = (
        "%(part)s is to be paid to %(account)s, which is not the account that was shown; look at it again"
    )
    NO_ACCOUNT = "no known account"
    NO_PAYEE = (
        "%(part)s: its claim cannot be sent before the recipient's account and registration number are known: write"
        " both in an import ('organisations')"
    )
    IN_FUTURE = "%(day)s lies in the future"
    BEFORE_CONDITION = "a release on %(day)s comes before what it stands on"
    BEFORE_RELEASE = "a claim on %(day)s comes before the release (%(released)s)"
    CLAIM_MORE_THAN_SPENT = (
        "%(part)s would bring %(over)s more than is reported as spent: say whether you claim less, ask to keep it, or"
        " repay it later ('grants claim --over less', keep or repay)"
    )
    CLAIM_ALL_TOO_MUCH = (
        "nothing of %(part)s is spent, so it cannot be claimed less: ask to keep it, or repay it later"
    )
    CLAIM_NO_WHY = "say why less than %(part)s is claimed: %(over)s of it is not spent"
    CONDITION_FELL = (
        "%(part)s was released on %(released)s, but an approval that it stands on is missing now, so it"
        " cannot be claimed before it is given: %(missing)s"
    )
    NOT_READY = "%(part)s is %(status)s, not %(needs)s%(why)s"
    WAITS_FOR = "; it waits for %(steps)s"
    BEFORE_CLAIM = "a payment on %(day)s comes before the claim (%(claimed)s)"
    BEFORE_LAST = "a payment on %(day)s comes before the one before it (%(paid)s)"
    TOO_MUCH = "the payment (%(came)s) is more than what is missing of the instalment (%(left)s)"
    NOTHING_CAME = "%(came)s is no payment: say when it is expected ('grants answer'), or why no more comes"
    NO_REST = "all of the instalment has come, so that no rest is left to say anything of"
    NO_WHY = "say why no more comes"


class Forgetting(Message):
    """Why a person's name is not taken out."""

    STILL_HERE = "%(person)s has not left: say the day in an import file first ('departed_on')"
    HOLDS = "%(person)s holds something in an open grant: pass it on first"
