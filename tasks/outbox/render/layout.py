"""Lay out worded letters with the shells in `templates/letters`, compiled once a process and language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from jinja2.ext import Extension

from models.facts.worded_letter import WordedLetter
from tasks.words.translator import plain_spaces, speaker

MAIL_TEMPLATES = Path(__file__).parents[3] / "templates" / "letters"
_JINJA = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_ALONE = re.compile(r"^{{.*}}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter laid out: its subject, plain text and HTML."""

    subject: str
    text: str
    html: str


class InlineStyles(Extension):
    """Moves a mail template's style sheet into its elements when the template is loaded, not when it is used.

    Mail programs drop style sheets. Jinja's statements, and expressions alone on a line, pass through the inliner
    as comments; other expressions as words.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return an HTML template with inline styles, without indentation or classes that nothing uses."""
        if not name or not name.endswith(".html"):
            return source
        hidden: list[str] = []

        def hide(match: re.Match[str]) -> str:
            hidden.append(match[0])
            whole = match[0].startswith("{%") or _ALONE.fullmatch(_line_of(match)) is not None
            return f"<!--jinja{len(hidden) - 1}jinja-->" if whole else f"jinja{len(hidden) - 1}jinja"

        inliner = css_inline.CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)
        html = _drop_unused_classes(inliner.inline(_JINJA.sub(hide, source)))
        html = _head_first(html)
        html = re.sub(r"(?:<!--)?jinja(\d+)jinja(?:-->)?", lambda match: hidden[int(match[1])], html)
        return re.sub(r"\n\s*", "\n", html)


def _line_of(match: re.Match[str]) -> str:
    text = match.string
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    return text[start : end if end >= 0 else len(text)].strip()


def _head_first(html: str) -> str:
    """Put the character set before the style sheet: a reader looks for it in the first 1,024 bytes."""
    charset = '<meta charset="utf-8">'
    style = re.search(r"<style>.*?</style>", html, re.DOTALL)
    html = html.replace(charset, "").replace("<head>", f"<head>\n{charset}", 1)
    return html.replace(style[0], re.sub(r"\s+", " ", style[0])) if style else html


def _drop_unused_classes(html: str) -> str:
    """Keep only the classes that the media queries left in the style sheet name."""
    style = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    used = set(re.findall(r"\.([a-z-]+)", style))

    def keep(match: re.Match[str]) -> str:
        names = [name for name in match[1].split() if name in used]
        return f' class="{" ".join(names)}"' if names else ""

    return re.sub(r' class="([^"]*)"', keep, html)


def render_letter(letter: WordedLetter) -> Rendered:
    """Return the letter's subject, text and HTML. Raises jinja2.TemplateError for a template that does not fit."""
    text, html = _templates(letter.language)
    body = plain_spaces(text.render(letter=letter)).strip()
    return Rendered(plain_spaces(letter.subject), f"{body}\n", html.render(letter=letter))


@lru_cache(maxsize=8)
def _templates(language: str) -> tuple[Template, Template]:
    environment = mail_environment(language)
    return environment.get_template("letter.txt"), environment.get_template("letter.html")


def mail_environment(language: str) -> Environment:
    """Return the environment of one language: a missing value is an error, HTML is escaped, `_()` translates."""
    say = speaker(language)
    environment = Environment(
        loader=FileSystemLoader(MAIL_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", InlineStyles],
    )
    environment.install_gettext_callables(say.gettext, say.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment
