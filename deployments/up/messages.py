"""What is said of a start that is not possible."""

from __future__ import annotations

from models.message import Message


class Starting(Message):
    """Why Grantline does not start here."""

    HOME_IN_USE = (
        "Grantline runs from %(home)s already (process %(process)s); stop it, or set another GRANTS_HOME"
    )
    PORT_TAKEN = "something else listens on %(port)s; choose another with --port"
    CANNOT_LISTEN = "cannot listen at %(host)s, port %(port)s: %(why)s"
