"""The messages about an import's cells and entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from models.errors import BadInput, ImportInvalid, Refused
from models.message import Message, Remark


class Imported(Message):
    """What is wrong with a workbook or an import file, and what of it is not read."""

    CELL_ERROR = "holds the error '%(value)s': mend its formula, or write what belongs there"
    DAY_TO_SPREADSHEET = (
        "'%(value)s' is a day to the spreadsheet: let the cell be text, and write the reference again"
    )
    NUMBER_TO_SPREADSHEET = (
        "'%(value)s' is a number to the spreadsheet, which does not keep all that was written: let the cell"
        " be text, and write it again"
    )
    NEITHER_YES_NOR_NO = "'%(value)s' is neither yes nor no: write ja or nej"
    TWO_UNITS = "'%(value)s' says its unit, and so does the heading: write the number alone"
    LIKELY = (
        "'%(value)s' is most likely %(means)s: write it so, or accept what is likely (the form asks for it;"
        " 'grants import --accept-corrections')"
    )
    TAKEN_AS = "'%(value)s' is taken as %(means)s"
    NO_PROGRAMME_SAID = (
        "no programme is named for grants of %(funder)s (rows: %(rows)s): fill a column Program, or say it once"
        " ('grants import --programme %(option)s')"
    )
    NO_RECIPIENT_SAID = (
        "no recipient is named for grants of %(funder)s (rows: %(rows)s): fill a column Mottagare, or say it once"
        " ('grants import --recipient %(option)s')"
    )
    NAMES_TURNED = "names with the surname first are turned: %(names)s"
    NO_DECISION = "no decision"
    CORRECTED_HERE = "%(decision)s was corrected or annulled here, where %(holds)s holds: correct the file"
    RECORDED_OTHERWISE = (
        "%(decision)s is recorded with another sum, instalment or day: correct it ('grants decide %(which)s'), or"
        " record an amendment"
    )
    NEW_ORGANISATIONS = "new organisations, by their names in cells alone: %(names)s"
    HEADING_EMPTY = "is empty: %(heading)s is needed"
    STANDS_ABOVE = "'%(name)s' stands above already"
    ADDRESS_TAKEN = "%(email)s is the address of %(name)s"
    GRANT_IS_HERE = "%(grant)s is here already"
    CONFIRM_FIRST = "confirm the import of %(grant)s first: until then it keeps its reference"
    NOT_PEOPLE_ALONE = "%(name)s is about more than people"
    NO_FILE = "choose the workbook"
    IN_NO_PEOPLE = "'%(name)s' stands in no sheet of people"
    IN_NO_GRANTS = (
        "it is no grant that is here, and the file says no title, programme, funder and recipient for a new"
        " one"
    )
    NEW_NEEDS = "a new grant needs its '%(name)s'"
    NO_COORDINATOR = "the grant has no coordinator: add one to its 'roles'"
    OTHER_KIND_OF_FILE = "%(name)s: use a YAML, XLSX or CSV file"
    NOTHING_TO_IMPORT = "%(name)s: there is nothing to import: %(why)s"
    EMPTY_FILE = "the file is empty"
    OTHER_PROGRAMME = "it was opened under '%(programme)s' and cannot change programme"
    ROLE_UNKNOWN = "the %(role)s '%(key)s' is not a known organisation"
    OTHER_SPELLING = "there is a grant '%(other)s': write its reference in the same way"
    LAST_ADMIN = "%(person)s is the last administrator: make somebody else one first"
    MANAGER_RING = "people manage each other in a ring: %(ring)s"
    PERSONS_ROLE_UNKNOWN = "person %(person)s: the %(role)s '%(email)s' is not known"
    PERSONS_OWN_ROLE = "person %(person)s is their own %(role)s"
    BODY_UNKNOWN = "meeting on %(day)s: the body '%(body)s' is not known"
    EITHER = "%(others)s or %(last)s"
    WRITE_OR_ADD = ": write the address, or add them"
    NO_PERSON_CALLED = "there is no person called '%(name)s'%(near)s"
    SEVERAL_PEOPLE = "'%(name)s' can be %(several)s: write the address"
    UNKNOWN_ORGANISATION = "'%(name)s' is not a known organisation%(near)s"
    SEVERAL_ORGANISATIONS = "'%(name)s' can be %(several)s: write the key"
    ORGANISATION_TO_ADD = "'%(name)s' is not a known organisation: add it to a sheet with its key"
    NO_PROGRAMME = "there is no programme '%(name)s'%(near)s"
    NO_PERSON = "there is no person with the address '%(email)s'%(near)s"
    PERHAPS = "; did you mean %(near)s?"
    ADD_TO_PEOPLE = ": add them to the sheet of people"
    PAID_TOO_MUCH = "instalment %(number)s: more was paid (%(sum)s) than there was (%(left)s)"
    WHAT_CAME = "what was paid so far"
    MORE_CAME = (
        "less was paid so far (%(said)s) than is recorded here (%(came)s): correct the file, or the payment"
    )
    PAID_BEYOND = (
        "more was paid so far (%(said)s) than the instalments that are known (%(left)s): give the decision that says"
        " them, or a row for each in a sheet Delbetalningar (Instalments)"
    )
    WAITS_FOR = "; it waits for %(steps)s"
    NOT_YET = "instalment %(number)s is %(status)s, so it cannot be %(aim)s yet%(because)s"
    WHAT_HAPPENED = "instalment %(number)s: what happened"
    RELEASED_BY_TWO_HERE = (
        "instalment %(number)s: the grant runs here already: two people release it ('grants release')"
    )
    NEEDS_TWO_PEOPLE = "instalment %(number)s: a release needs two people: requested_by and confirmed_by"
    RELEASED_AFTER_LEAVING = (
        "instalment %(number)s: %(person)s left on %(left)s and cannot have released it on %(day)s: name who"
        " did"
    )
    NONE_YET = "none yet"
    NO_INSTALMENT = "there is no instalment %(number)s; it has: %(there)s"
    PROBLEMS = "%(count)s problems; nothing is imported"
    DONE = "done: '%(step)s'"
    DONE_UNKNOWN = "done: there is no step '%(step)s'; it has: %(there)s"
    DONE_MONEY = "done: '%(step)s' is a %(kind)s: say how far its instalment came ('instalments')"
    DONE_APPROVAL = (
        "done: '%(step)s' is an approval, and the grant runs here already: who takes it records it ('grants"
        " approve'); leave it out of the file"
    )
    OF_GRANT = "grant %(reference)s: %(why)s"
    NO_SUCH_PERSON = "there is no person with the address '%(email)s'"
    IN_FUTURE = "%(what)s on %(day)s lies in the future"
    UNRECKONED = "holds a formula whose value was never saved: open and save the file"
    TOTAL = "'%(value)s' adds up other rows: leave the row out"
    AWARD_WITHOUT_DAY = "an awarded sum needs the day of its decision ('Beslutsdatum')"
    NEAREST_SHEET = (
        "%(sheet)s is nearest to the sheet %(kind)s, but needs %(headings)s, too: add that, or hide the sheet if it is"
        " no list to import"
    )
    UNKNOWN_SHEET = (
        "%(sheet)s is none that is known by its headings, and is not read: 'grants export import' writes them"
    )
    QUOTED = "'%(name)s'"
    THE_FILE = "the file"
    COLUMN_MEANT = "in %(sheet)s the column '%(column)s' is not read; did you mean '%(near)s'?"
    THE_SHEET = "the sheet '%(name)s'"
    NO_ROWS = "there is no row below the headings"
    BEHIND_HEADINGS = "stands behind the last heading: put what holds a comma between quotation marks"
    SAME_COLUMN = "'%(column)s' says the same as '%(other)s': keep one of the columns"
    COLUMN_UNREAD = "in %(sheet)s the column '%(column)s' is not read"
    HIDDEN_SHEET = "%(sheet)s is hidden and is not read"


def of_grant(reference: str, what: Remark | Exception, *place: object) -> ImportInvalid:
    """Return the error for a fault in the grant's entry; `place` leads to it within the entry."""
    remark = Imported.OF_GRANT(reference=reference, why=what)
    return ImportInvalid(remark, "grants", reference, *place)


@contextmanager
def naming(reference: str, *place: object) -> Iterator[None]:
    """Add to an error raised within the block which grant's entry it concerns, and which place in it."""
    try:
        yield
    except ImportInvalid as error:
        if error.place[:2] == ("grants", reference) and error.place[2:]:
            raise
        raise ImportInvalid(error.remark, "grants", reference, *place) from error
    except (BadInput, Refused) as error:
        raise of_grant(reference, error.remark, *place) from error
    except ValueError as error:
        raise of_grant(reference, error, *place) from error


def check_passed(what: Remark, on: date, today: date) -> None:
    """Raise BadInput for a day in the future."""
    if on > today:
        raise BadInput(Imported.IN_FUTURE(what=what, day=on))
