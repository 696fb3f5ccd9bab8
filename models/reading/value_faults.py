"""The messages for values that cannot be read, with the known word nearest to a mistyped one."""

from collections.abc import Iterable
from textwrap import shorten

from models.message import Message, Remark

_ROOM = 160  # signs of a line for the words that there are


class Reading(Message):
    """Why a written value cannot be read, and the ends of such sentences."""

    NO_ACCOUNT = (
        "'%(value)s' is no account: write bankgiro 123-4566, plusgiro 12 34 56-6, an IBAN, or a clearing and an account"
        " number (5839-8257466)"
    )
    WRONG_DIGITS = "%(value)s has a wrong check digit or length: copy it from the bank's own paper"
    NOT_A_DATE = "'%(value)s' is not a date: write it as 2026-12-31"
    TWO_DAYS = "'%(value)s' can be read in two ways: write %(first)s or %(second)s"
    NOT_IN_FIGURES = "'%(value)s' names what lies in GRANTS_HOME/figures: take '..' and the first '/' out"
    NOT_A_KEY = "'%(value)s' is not a key: use lower-case letters, digits and single hyphens"
    NOT_A_DATE_NAME = "'%(value)s' is not a date's name: write it as final_report, in lower case"
    YEAR_OUTSIDE = "'%(value)s' is not between the years %(first)s and %(last)s"
    NOT_IN_CALENDAR = "'%(value)s' is not a day of the calendar"
    NOT_AN_ADDRESS = "'%(value)s' is not an email address"
    NOT_ONE_LINE = "line breaks and control characters are not allowed here"
    EMPTY = "is empty"
    NOT_A_SUM = "'%(value)s' is not a sum of money: write it as 500000"
    SUM_IN = "%(why)s (a sum in %(currency)s)"
    TWO_NUMBERS = "'%(value)s' can be read in two ways: write %(first)s if it is thousands, or %(second)s"
    NOT_A_SHARE = "'%(value)s' is not a part of the award: write '60 %%'"
    NOT_A_NUMBER = "'%(value)s' is not a number"
    LESS_THAN_NOTHING = "'%(value)s' is less than nothing"
    TOO_LARGE = "'%(value)s' is too large"
    NOT_WITHOUT_DECIMALS = "'%(value)s' is not a whole number: write it without decimals, such as 14"
    TOO_MANY_DECIMALS = "'%(value)s' has more than %(decimals)s decimals: round it"
    NOT_A_PERIOD = "'%(value)s' is not a period: write it as 2010, 2010-Q1 or 2010-03"
    PERSONAL_NUMBER = "holds a personal identity number: write without it, for reports are public documents"
    NOT_A_REFERENCE = (
        "'%(value)s' is not a reference: begin with a letter or digit, then letters, digits, spaces and . _ /"
        " : - only, 64 characters at most%(near)s"
    )
    KNOWN = "; known: %(known)s"
    DID_YOU_MEAN = "; did you mean '%(near)s'?"
    NONE = "none"
    NONE_OF = "'%(value)s' is none of: %(known)s"
    NOT_A_TEXT = "is not a text"
    LONGER_THAN = "is longer than %(most)s characters"
    UNSTORABLE = "holds a character that no text can"
    NOT_ASKED = "'%(key)s' is not a question of this step%(near)s"
    NOT_ANSWERED = "'%(key)s' is not answered (%(title)s)"
    GATHERED_NEXT = "'%(key)s' is not answered (%(title)s; the next round gathers it)"
    PARTS_OFF = (
        "'%(key)s': its parts add up to %(total)s, not %(whole)s: correct a number, or say why"
        " ('%(key)s.why')"
    )
    OF = "'%(key)s': %(why)s"
    NO_CALENDAR = "there is no calendar of '%(value)s': write a country's two letters, as SE"
    NO_PART_OF = "'%(value)s' is no part of %(country)s%(near)s"
    NOT_YES_OR_NO = "'%(value)s' is not yes or no"


class Setting(Message):
    """Why a setting is refused."""

    OF = "%(name)s: %(why)s"
    NO_SUCH = "there is no %(name)s%(near)s"
    NOT_A_ZONE = "'%(value)s' is not a time zone; write it as Europe/Stockholm"
    NOT_A_MAILBOX = "it is no mailbox; write it as imaps://user@imap.example.org/INBOX"
    SAID_ELSEWHERE = "the password goes into GRANTS_BOUNCES_PASSWORD"
    IMAP_ON_LOOPBACK = "imap:// is for loopback only; write imaps://"
    NOT_A_WEB_ADDRESS = "'%(value)s' is not a web address; write it as https://grants.example.org"
    NOT_OF_A_NUMBER = (
        "'%(value)s' is no address with a number in it; write it as https://registry.example.org/{dnr}"
    )
    PLAIN_SMTP = "GRANTS_SMTP_TLS=none is for loopback only, not for '%(value)s'"
    OPEN_PORTAL = (
        "GRANTS_PORTAL_HOST=%(value)s is open to others: put a proxy with TLS before it, and say its https:// address"
        " in GRANTS_PORTAL_URL"
    )
    NOT_RIGHTS = "write each group with admin, reader or controller, as grants-admins=admin,auditors=reader"
    NOT_A_PROVIDER = (
        "GRANTS_OIDC_ISSUER is an https:// address, or http:// on loopback, and GRANTS_OIDC_CLIENT_ID"
        " is set with it"
    )
    NOT_OPENID = "'%(value)s' has no openid among its scopes; write them as openid email profile"
    NOT_VERIFIED = (
        "a provider vouches for no address but email: GRANTS_OIDC_CLAIM=%(value)s needs GRANTS_OIDC_OWN_ADDRESSES=true,"
        " where nobody but the office gives an account its address"
    )
    NOT_WHOLE = "'%(value)s' is not a whole number"
    FROM_TO = "%(value)s is not between %(least)s and %(most)s"
    NOT_USABLE = "'%(value)s' cannot be used"
    NOT_UTF_8 = "the file %(file)s is not UTF-8; save it so"
    NO_FILE = (
        "GRANTS_SETTINGS: there is no file %(file)s that this user may read; correct the name, or let the user"
        " read it"
    )
    NOT_A_LOGO = (
        "GRANTS_LOGO: %(file)s is no SVG or PNG file of %(kilobytes)s kB at most; name another, or none"
    )
    CLOSED_FILE = (
        "this user may not read %(file)s; let the user read it, or name another file in GRANTS_SETTINGS"
    )


def nearest(word: str, known: Iterable[str], *, at_least: int = 60) -> str:
    """Return the known word nearest to an unknown one, or the first that it begins; empty if none."""
    # Imported here, so that only an unknown name waits for the library.
    from rapidfuzz import fuzz, process

    words = list(known)
    match = process.extractOne(word, words, scorer=fuzz.ratio, score_cutoff=at_least)
    return str(match[0]) if match else next((whole for whole in words if word and whole.startswith(word)), "")


def meant(near: str) -> str | Remark:
    """Return the end of a sentence about an unknown word: the near known one; empty without one."""
    return Reading.DID_YOU_MEAN(near=near) if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> Remark:
    """Return the end of a sentence about an unknown word: the nearest known one, or all of them."""
    words = list(known)
    if near := nearest(word, words):
        return Reading.DID_YOU_MEAN(near=near)
    listed = shorten(", ".join(sorted(words)), _ROOM, placeholder=" ...")
    return Reading.KNOWN(known=listed or Reading.NONE())
