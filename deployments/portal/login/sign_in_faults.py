"""Say why a work account does not sign somebody in."""

from models.message import Message


class SignIn(Message):
    """Why a work account does not sign somebody in, or not well enough."""

    FAILED = "Your work account could not sign you in. Try again, or take a link by email."
    UNKNOWN = (
        "Your account is right, but nobody here has its address. Ask an administrator to add you, or sign in with the"
        " address that your letters go to."
    )
    MISSING = (
        "Your work account did not send “%(claim)s”, which is needed here. Tell an administrator, and take a link by"
        " email until it is put right."
    )
    UNREADABLE = (
        "Your work account sent “%(claim)s” in a form that cannot be read here. Tell an administrator, and take a link"
        " by email until it is put right."
    )
    UNVERIFIED = (
        "Your work account does not say that your address has been checked (“%(claim)s”). Tell an administrator, and"
        " take a link by email until it is put right."
    )
    UNTIMED = (
        "Your work account does not say when you signed in there, so it is not enough for approvals and money. Take a"
        " link by email, and sign in with it."
    )
