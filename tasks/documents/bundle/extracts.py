"""Make letters fit for a registry: without links that act, and without what concerns other grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from tasks.documents.bundle.entries import word_bundle
from tasks.people.links import hide_links
from tasks.words.translator import Translator


def without_live_links(content: bytes) -> bytes:
    """Return the letter with the same headers and parts, and no link in it that acts."""
    letter = message_from_bytes(content, policy=policy.SMTP)
    for part in letter.walk():
        if part.get_content_maintype() != "text" or part.is_multipart():
            continue
        text = part.get_content()
        stripped = hide_links(text)
        if stripped == text:
            continue
        named = {name: value for name, value in part.items() if name.lower().startswith("content-dispo")}
        kept = [(name, value) for name, value in part.items() if not name.lower().startswith("content-")]
        subtype, method = part.get_content_subtype(), part.get_param("method")
        part.clear()
        part.set_content(stripped, subtype=subtype, cte="quoted-printable")
        if isinstance(method, str):
            part.set_param("method", method)
        for name, value in (*kept, *named.items()):
            if name not in part:
                part[name] = value
    return letter.as_bytes()


@dataclass(frozen=True, slots=True)
class NamedGrant:
    """What a letter calls a grant."""

    reference: str
    title: str

    def is_named_in(self, text: str) -> bool:
        """Return whether the text names it; case and line breaks make no difference."""
        flat = " ".join(text.split()).casefold()
        return any(" ".join(name.split()).casefold() in flat for name in (self.reference, self.title) if name)


def extract_letter(
    content: bytes, own: NamedGrant, others: Sequence[NamedGrant], told: Sequence[str], say: Translator
) -> bytes:
    """Return a letter with the lines of the first one that name the grant and none of the others.

    `told` says in other words what it told of the grant, for where no line can be taken out as it is.
    """
    letter = message_from_bytes(content, policy=policy.default)
    body = letter.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    lines = text.partition("\n-- \n")[0].splitlines()
    parts = [
        one for one in lines if own.is_named_in(one) and not any(other.is_named_in(one) for other in others)
    ]
    extract = EmailMessage(policy=policy.SMTP)
    for name in ("From", "To", "Date"):
        if letter[name]:
            extract[name] = str(letter[name])
    extract["Subject"] = word_bundle(say, "extract_about", own.reference)
    extract["X-Extract-Of"] = str(letter["Message-ID"] or "").strip()
    why = word_bundle(say, "extract_why")
    extract.set_content("\n\n".join([why, *(parts or told)]) + "\n", cte="quoted-printable")
    return extract.as_bytes()
