"""The messages about YAML files that do not fit."""

from models.message import Message


class Shaped(Message):
    """What does not fit the shape of a YAML file, and how to write it."""

    TRUE_OR_FALSE = "true or false"
    A_MOMENT = "a moment with its time zone, as 2010-12-31T08:00:00+01:00"
    KEYS_AND_VALUES = "keys and values"
    A_LIST = "a list"
    TEXT = "text"
    NOTHING = "nothing"
    QUOTED = "'%(value)s'"
    A_WORD = "a word"
    A_WHOLE_NUMBER = "a whole number"
    A_NUMBER = "a number"
    UNKNOWN_KEY = "unknown key '%(key)s'%(near)s"
    KEY_MISSING = "the key '%(key)s' is missing"
    UNKNOWN_WORD = "unknown word '%(value)s'%(near)s"
    EXPECTED = "expected %(wanted)s, found %(found)s"
    AT_LEAST = "must be %(least)s or more"
    AT_MOST = "must be %(most)s or less"
    EMPTY_LIST = "is empty: at least one is needed"
    KEY_ALONE = "'%(key)s' stands alone after a comma: put the whole text in quotes, '...'"
    THOUSANDS_ALONE = "'%(key)s' stands alone after a comma: write a sum without one, as 400 000"
    PAYMENT_WHEN = (
        "a payment has no 'when': write a second programme that extends this one, with what is paid there"
    )
    KIND_WITH_KEYS = "%(kind)s (%(keys)s)"
    AT_MOST_CHARACTERS = "has too many characters: at most %(most)s"
    SENTENCE = "%(why)s"  # of a sentence of the language, in English and in lines of its own
    LINE = "%(name)s, line %(line)s"
    NOT_KEYS_AND_VALUES = "%(name)s, line 1: expected keys and values, found %(found)s"
    NOT_UTF8 = "%(name)s, line %(line)s: not UTF-8 text: save the file as UTF-8"
    NO_PROGRAMME = "there is no programme '%(name)s'%(near)s"
    NOT_YAML = "cannot be read as YAML from column %(column)s on"
    TAB = "a tab stands where YAML takes only spaces: indent with spaces"
    QUOTE_OPEN = "the quote that begins here does not end"
    COLON_MISSING = "a ': ' is missing after the key"
    BRACKET_OPEN = "a ',' or a closing bracket is missing before this"
    INDENTATION = "the indentation does not fit the lines above, or something follows a text in quotes"
    COLON_TOO_MANY = "a ': ' too many: put the text in quotes, or mend the indentation"
    TAG = "a tag ('!...') is not used here: take it out"
    TOO_DEEP = "more than %(most)s levels lie in each other"
    TOO_MANY_VALUES = "more than %(most)s values stand in the file: split it"
    TEXT_TOO_LONG = "a text of more than %(most)s letters"
    CONTROL_CHARACTER = "a control character stands in the text: take it out"
    NO_CHARACTER = "not YAML: a number that stands for no character or version"
    EMPTY_FILE = "the file is empty"
    KEY_NOT_A_WORD = "a key must be a word"
    KEY_TWICE = "the key '%(key)s' stands twice"


class InExample(Message):
    """Why an example does not prove its programme."""

    MUST_GIVE = "the decision must give '%(date)s': add it, as %(date)s: 2026-12-31"
    OTHERWISE = "the example says %(said)s, and the programme gives %(given)s"


class AtItsRow(Message):
    """What is said of a sentence at its row on a page, on one line."""

    NOT_UNDERSTOOD = "“%(word)s” is not understood here. For example: %(example)s"
    NOT_COMPLETE = "The sentence is not complete. For example: %(example)s"
    DAYS_OFF = "No sentence says what becomes of a day off. Choose it here."
    MONTHS_END = "A month after 30 June is 30 July. For the month's last day: %(example)s"
    CURE = "“%(word)s”: %(cure)s"
    COUNTED_OTHERWISE = "You worked out %(said)s; by these rules it is %(given)s"


class Begun(Message):
    """Why a programme is not begun, or not saved."""

    NAME_TAKEN = "there is a programme '%(name)s' already: give this one another name"
    CHANGED_MEANWHILE = "the programme '%(name)s' was changed meanwhile: open it again"
    NOTHING_COUNTED = "work out at least one day or sum from the letter yourself, and write it at its row"
