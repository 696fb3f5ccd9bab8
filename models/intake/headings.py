"""The sheets that an import takes: each column's names in Swedish and English, of which the first is written."""

from __future__ import annotations

from models.intake.columns import Column, Reads, SheetShape
from models.vocabulary import Role

_Line = tuple[str, Reads, str, str]


def _columns(*lines: _Line) -> tuple[Column, ...]:
    """Return columns of lines: (field, what its cells are, Swedish names, English names); `!` is a needed field."""
    return tuple(
        Column(
            field.rstrip("!"),
            reads,
            tuple(swedish.split(", ")),
            tuple(english.split(", ")),
            needed=field.endswith("!"),
        )
        for field, reads, swedish, english in lines
    )


_REFERENCES = (
    "diarienummer, dnr, diarienr, referens, ref, vår referens, vårt dnr, ärendenummer, ärendenr, projektnummer,"
    " projektnr, projekt"
)
_REFERENCE: _Line = (
    "reference!",
    "text",
    _REFERENCES,
    "reference, grant, project number",
)
_ACCOUNTS = (
    "betalkonto, konto, kontonummer, bankgiro, bankgironummer, bankgironr, bg, plusgiro, plusgironummer, plusgironr,"
    " pg, iban, bankkonto, bankkontonummer"
)

ORGANISATIONS = SheetShape(
    "organisations",
    ("Organisationer", "Organisations"),
    _columns(
        ("key!", "text", "nyckel, kortnamn, kod, id", "key"),
        ("name!", "text", "namn, benämning, organisation", "name"),
        ("valid_from", "day", "gäller från, från och med", "valid from, from"),
        (
            "registration_number",
            "text",
            "organisationsnummer, org nr, orgnr",
            "registration number",
        ),
        ("account", "text", _ACCOUNTS, "account, bank account, account number"),
    ),
)
PEOPLE = SheetShape(
    "people",
    ("Personer", "People"),
    _columns(
        (
            "email!",
            "text",
            "e-post, epostadress, mejl, mejladress, mail, mailadress",
            "email, email address",
        ),
        (
            "name",
            "text",
            "namn, för- och efternamn, efternamn och förnamn, person, medarbetare",
            "name, full name, person",
        ),
        ("given_name", "text", "förnamn", "given name, first name"),
        ("family_name", "text", "efternamn", "family name, surname, last name"),
        ("title", "text", "titel, befattning, tjänst", "title, job title, position"),
        (
            "phone",
            "text",
            "telefon, telefonnummer, tfn, tel, mobil",
            "phone, phone number, telephone",
        ),
        ("language", "word", "språk", "language"),
        (
            "manager",
            "person",
            "chef, närmaste chef, rapporterar till",
            "manager, line manager",
        ),
        ("deputy", "person", "ersättare, ställföreträdare, vikarie", "deputy, stand-in"),
        ("admin", "yes_no", "administratör, ser allt", "admin, is admin"),
        ("access", "word", "behörighet", "access"),
        (
            "departed_on",
            "day",
            "slutade, slutat, sista arbetsdag",
            "departed on, last day, left on",
        ),
        ("bounced", "yes_no", "studsar", "bounced"),
    ),
)
ABSENCES = SheetShape(
    "absences",
    ("Frånvaro", "Absences"),
    _columns(
        (
            "email!",
            "person",
            "e-post, person, namn, vem, medarbetare",
            "email, person, name, who",
        ),
        (
            "first!",
            "day",
            "första dag, från, fr.o.m., ledig från, ledig fr.o.m.",
            "first, from, start",
        ),
        ("last!", "day", "sista dag, till, t.o.m., ledig till, ledig t.o.m., slut", "last, to, end"),
    ),
)
MEETINGS = SheetShape(
    "meetings",
    ("Sammanträden", "Meetings"),
    _columns(
        ("body!", "organisation", "organ, nämnd, instans, utskott", "body, committee"),
        (
            "held_on!",
            "day",
            "sammanträde, sammanträdesdag, sammanträdesdatum, mötesdag, mötesdatum, möte, datum, dag",
            "held on, meeting, date",
        ),
        ("kind", "word", "slag, typ", "kind, type"),
        (
            "agenda_on",
            "day",
            "ärenden senast, sista dag för ärenden, anmälan senast, dagordning",
            "agenda on, agenda",
        ),
        (
            "documents_on",
            "day",
            "handlingar senast, sista dag för handlingar, handlingar, handlingar klara",
            "documents on, documents, papers",
        ),
        ("adjustment_days", "whole", "justeringsdagar, dagar till justering", "adjustment days"),
        ("moved_from", "day", "flyttat från, flyttad från", "moved from"),
        ("cancelled", "yes_no", "inställt, inställd", "cancelled"),
        ("choice", "yes_no", "valt, preliminär, preliminärt", "choice, preliminary"),
    ),
)
_ROLE_NAMES: dict[Role, tuple[str, str]] = {
    Role.COORDINATOR: (
        "handläggare, ansvarig, ansvarig handläggare, samordnare, kontaktperson, projektledare",
        "coordinator, officer, owner, project manager",
    ),
    Role.UNIT_MANAGER: ("enhetschef", "unit manager, manager"),
    Role.HEAD_OF_DEPARTMENT: ("avdelningschef", "head of department, department head"),
    Role.HEAD_OF_ADMINISTRATION: (
        "förvaltningschef, förvaltningsdirektör",
        "head of administration, director",
    ),
    Role.COMMITTEE: (
        "nämndsekreterare, nämndens sekreterare",
        "committee, committee secretary, secretary",
    ),
    Role.CONTROLLER: ("controller, ekonom, ansvarig ekonom", "controller"),
    Role.ADMIN: ("systemförvaltare", "admin, administrator"),
}
GRANTS = SheetShape(
    "grants",
    ("Bidrag", "Grants"),
    _columns(
        ("reference!", "text", _REFERENCES.removesuffix(", projekt"), "reference, project number"),
        (
            "title!",
            "text",
            "bidrag, benämning, rubrik, titel, projekt, projektnamn, insats",
            "title, grant, name, project",
        ),
        (
            "programme!",
            "programme",
            "program, bidragsform, utlysning, stöd",
            "programme, program name, scheme",
        ),
        (
            "funder!",
            "organisation",
            "bidragsgivare, finansiär, beviljande myndighet, myndighet",
            "funder",
        ),
        (
            "recipient!",
            "organisation",
            "mottagare, bidragsmottagare, nämnd, förvaltning, organisation",
            "recipient",
        ),
        (
            "funder_reference",
            "text",
            "bidragsgivarens dnr, bidragsgivarens diarienummer, finansiärens dnr, finansiärens referens, deras dnr",
            "funder reference",
        ),
        (
            "period_start_on",
            "day",
            "startdatum, start, från, fr.o.m., från och med, period från, projektstart",
            "period start on, start date, from",
        ),
        (
            "period_end_on",
            "day",
            "slutdatum, slut, till, t.o.m., till och med, period till, projektslut",
            "period end on, end date, to, end",
        ),
        (
            "applied_for",
            "sum",
            "sökt belopp, ansökt belopp, sökt, ansökt",
            "applied for, amount applied for",
        ),
        (
            "dates.applied_on",
            "day",
            "sista ansökningsdag, ansökningsdag, ansökan inskickad",
            "applied on, last day to apply",
        ),
        ("figures_file", "text", "nyckeltalsfil, sifferfil", "figures file"),
        (
            "decided_on",
            "day",
            "beslutsdatum, beslutsdag, beslutad, beslut",
            "decided on, decision date, decided",
        ),
        (
            "amount",
            "sum",
            "beviljat belopp, beviljat, bidragsbelopp, belopp",
            "amount, award, awarded",
        ),
        *((f"roles.{role}", "person", swedish, english) for role, (swedish, english) in _ROLE_NAMES.items()),
    ),
)
DATES = SheetShape(
    "dates",
    ("Datum", "Dates"),
    _columns(
        _REFERENCE,
        ("date!", "text", "datum, vilket datum, vad", "date"),
        ("on!", "day", "dag, den", "on, day"),
        ("source", "text", "källa", "source"),
        ("choice", "yes_no", "valt, antaget", "choice, assumed"),
    ),
)
DECISIONS = SheetShape(
    "decisions",
    ("Beslut", "Decisions"),
    _columns(
        _REFERENCE,
        (
            "decided_on!",
            "day",
            "beslutsdatum, beslutsdag, beslutad, beslut, datum",
            "decided on, decision date, date",
        ),
        ("kind", "word", "slag, typ, beslutstyp, typ av beslut", "kind, type"),
        ("amount", "sum", "belopp, beviljat belopp, tillägg", "amount, sum"),
        ("total", "sum", "sammanlagt, totalt, totalt beviljat", "total"),
        ("purpose", "text", "ändamål, syfte", "purpose"),
        ("conditions", "text", "villkor", "conditions"),
        ("source", "text", "källa", "source"),
    ),
)
DONE = SheetShape(
    "done",
    ("Utfört", "Done"),
    _columns(
        _REFERENCE,
        ("step!", "text", "steg", "step"),
        ("done_on!", "day", "klart, klar, utfört, datum", "done on, done, date"),
    ),
)
INSTALMENTS = SheetShape(
    "instalments",
    ("Delbetalningar", "Instalments"),
    _columns(
        _REFERENCE,
        ("number!", "whole", "del, rat, nummer, nr, del nr, delbetalning", "number, instalment"),
        ("claimed_on", "day", "rekvirerat, rekvirerad, rekvisition", "claimed on, claimed"),
        ("paid_on", "day", "utbetalt, utbetald, utbetalning", "paid on, paid"),
        (
            "paid_amount",
            "sum",
            "utbetalt belopp, utbetald summa, belopp",
            "paid amount, amount paid, amount",
        ),
        ("requested_by", "person", "begärd av", "requested by"),
        ("confirmed_by", "person", "bekräftad av", "confirmed by"),
    ),
)
BUDGETS = SheetShape(
    "budgets",
    ("Budget", "Budgets"),
    _columns(
        _REFERENCE,
        (
            "account!",
            "text",
            "konto, kontonummer, kontonr, kostnadsslag",
            "account, account number, cost type",
        ),
        (
            "title",
            "text",
            "benämning, kontonamn, kontobenämning, text, post",
            "title, account name, name",
        ),
        ("period", "period", "period, kvartal, månad, år", "period, quarter, month, year"),
        (
            "amount",
            "sum",
            "belopp, budget, budgeterat, planerat, summa",
            "amount, planned, sum",
        ),
    ),
)
# In the order in which they name each other, and in which an empty workbook has them.
SHAPES = (
    ORGANISATIONS,
    PEOPLE,
    ABSENCES,
    MEETINGS,
    GRANTS,
    DATES,
    DECISIONS,
    DONE,
    INSTALMENTS,
    BUDGETS,
)
