"""The messages about documents that cannot be made, and about their templates."""

from models.message import Message


class Printed(Message):
    """Why a document is not made, and how to put its template right."""

    BEFORE_ITS_CONTENT = (
        "%(grant)s: a document of %(day)s would tell of what happened up to %(last)s: say --on %(last)s or"
        " later"
    )
    WHICH_STEP = "say of which step (--step); %(grant)s has: %(there)s"
    NO_FOLLOW_UP = "no follow-up"
    WHICH_INSTALMENT = "say of which instalment (--instalment); %(grant)s has: %(there)s"
    SAY_SMALL = "%(small)s: say --small show, --small fewer or --small totals"
    TEXTS_UNREAD = (
        "numbers are hidden, and a text may state them, in figures or in words: %(texts)s: change the text, or say"
        " --confirm-texts when you have read it"
    )
    TEXT_LOST = (
        '"%(text)s" stands in a text box, a field or a control, which our PDF cannot hold: write it as a plain'
        " paragraph"
    )
    NEEDS_OFFICE = "%(why)s; or install LibreOffice on the server, which then prints the PDF"
    OFFICE_FAILED = (
        "LibreOffice made no PDF of it: open it in Word, save it again, and look at what was changed last"
    )
    FETCHES = "it fetches a picture or a text from elsewhere: insert that into the document"
    NO_SIGN = "'%(sign)s' (%(codes)s) in \"%(where)s\""
    NO_TITLE = "it has no title: write one among its properties (File, Info)"
    FIRST_HEADING = "its first heading has another style than Title (Rubrik): give it that style"
    NO_ALTERNATIVE = "a picture has no alternative text: write in Word what it shows"
    PICTURE_BROKEN = "a picture in it cannot be drawn: save it again as a .png, and insert that"
    NO_PDF = "the PDF cannot be made of it: open it in Word, save it again, and look at what was changed last"
    PICTURE_LINKED = "a picture is only linked to: insert it into the document"
    PICTURE_KIND = "a picture of the kind '%(kind)s' cannot stand in our PDF: use a .png"
    OBJECT = (
        "a text box in its header, an old picture (VML), an embedded object or a watermark in its text stands in it,"
        " which our PDF cannot hold: take it out, write it as text, or insert it again as a picture"
    )
    MARGINS = (
        "the page's header and footer are taller than %(most)s mm, which leaves no room for the text: make"
        " the pictures in them smaller"
    )
    NO_FILE = "%(name)s: it is no file; name one to write"
    NOT_WORD = (
        "%(name)s: it cannot be read as a Word document: open it in Word or LibreOffice, and save it as .docx"
    )
    OLD_WORD = (
        "%(name)s: it is a Word document of the old kind (.doc), whatever its name says: open it in Word, and"
        " choose Save as, Word document (.docx)"
    )
    AT_FAULT = "%(place)s stands %(tag)s: %(why)s"
    IN_PARAGRAPH = "in paragraph %(number)s"
    IN_TABLE = "in a table"
    IN_BOX = "in a text box"
    IN_HEADER = "in the header"
    IN_FOOTER = "in the footer"
    IN_NOTE = "in a footnote"
    IN_PROPERTIES = "among the file's properties"
    NO_FIELD = "there is no such field%(near)s"
    NEAREST = "; the nearest is %(field)s"
    FIELDS_LISTED = "; the portal's page /templates lists the fields"
    NOT_WRITTEN_SO = (
        "it is not written as a field, a condition or a loop is; the portal's page /templates shows how"
    )
    ONLY_FIELDS = "a template can print fields, ask for them and go through lists, and nothing else"
    NO_END_MARK = "{{ or {%% has no end, or an end no beginning"
    NO_END_TAG = "it has no {%% %(end)s %%}"
    NO_BEGIN_TAG = "nothing before it has begun"
    TOO_MANY_ROUNDS = "its loops go round more than %(most)s times"
    ALL_FACTS = "{{ f }} is all that is known of the grant: say what of it, as {{ f.title }}"
