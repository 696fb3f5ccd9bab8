"""The sheets that an import takes: what each is about, and the words by which offices call its columns."""

from __future__ import annotations

from models.intake.columns import Column, Reads, SheetShape
from models.vocabulary import Role

_Line = tuple[str, Reads, str] | tuple[str, Reads, str, str]


def _columns(*listed: _Line) -> tuple[Column, ...]:
    """Return columns of lines as (field, reads, Swedish heading, other headings); a field with `!` is needed."""
    return tuple(
        Column(
            line[0].rstrip("!"),
            line[1],
            line[2],
            tuple(line[3].split(", ")) if len(line) == 4 else (),
            line[0].endswith("!"),
        )
        for line in listed
    )


_REFERENCES = (
    "dnr, diarienr, referens, ref, vår referens, vårt dnr, ärendenummer, ärendenr, projektnummer, projektnr,"
    " grant"
)
_REFERENCE: _Line = ("reference!", "text", "diarienummer", _REFERENCES)
_STEP: _Line = ("step!", "text", "steg")
_ROLE_WORDS = {
    Role.COORDINATOR: (
        "handläggare",
        "ansvarig, ansvarig handläggare, samordnare, kontaktperson, officer, owner",
    ),
    Role.UNIT_MANAGER: ("enhetschef", "manager"),
    Role.HEAD_OF_DEPARTMENT: ("avdelningschef", "department head"),
    Role.HEAD_OF_ADMINISTRATION: ("förvaltningschef", "förvaltningsdirektör, director"),
    Role.COMMITTEE: ("nämndsekreterare", "nämndens sekreterare, committee secretary, secretary"),
    Role.CONTROLLER: ("controller", "ekonom, ansvarig ekonom"),
    Role.ADMIN: ("systemförvaltare", "administrator"),
}
_ROLES = tuple(
    Column(f"roles.{role}", "person", swedish, (str(role), *names.split(", ")))
    for role, (swedish, names) in _ROLE_WORDS.items()
)

_ACCOUNTS = (
    "konto, kontonummer, bankgiro, bankgironummer, bankgironr, bg, plusgiro, plusgironummer, plusgironr, pg, iban,"
    " bankkonto, bankkontonummer, bank account, account number"
)

SHAPES = (
    SheetShape(
        "organisations",
        ("Organisationer", "Organisations"),
        _columns(
            ("key!", "text", "nyckel", "kortnamn, kod, id"),
            ("name!", "text", "namn", "benämning, organisation"),
            ("valid_from", "day", "gäller från", "från och med, from"),
            ("registration_number", "text", "organisationsnummer", "org nr, orgnr"),
            ("account", "text", "betalkonto", _ACCOUNTS),
        ),
    ),
    SheetShape(
        "people",
        ("Personer", "People"),
        _columns(
            ("email!", "text", "e-post", "epostadress, mejl, mejladress, mail, mailadress, email address"),
            ("name!", "text", "namn", "för- och efternamn, person, full name"),
            ("title", "text", "titel", "befattning, tjänst, job title, position"),
            ("phone", "text", "telefon", "telefonnummer, tfn, tel, mobil, phone number, telephone"),
            ("language", "word", "språk"),
            ("manager", "person", "chef", "närmaste chef, rapporterar till, line manager"),
            ("deputy", "person", "ersättare", "ställföreträdare, vikarie, stand-in"),
            ("admin", "yes_no", "administratör", "ser allt, is admin"),
            ("access", "word", "behörighet"),
            ("departed_on", "day", "slutade", "slutat, sista arbetsdag, last day, left on"),
            ("bounced", "yes_no", "studsar"),
        ),
    ),
    SheetShape(
        "absences",
        ("Frånvaro", "Absences"),
        _columns(
            ("email!", "person", "e-post", "person, namn, name, vem, who"),
            ("first!", "day", "första dag", "från, fr.o.m., from, start"),
            ("last!", "day", "sista dag", "till, t.o.m., to, end, slut"),
        ),
    ),
    SheetShape(
        "meetings",
        ("Sammanträden", "Meetings"),
        _columns(
            ("body!", "organisation", "organ", "nämnd, instans, committee, utskott"),
            (
                "held_on!",
                "day",
                "sammanträde",
                "sammanträdesdag, sammanträdesdatum, mötesdag, mötesdatum, möte, datum, dag, meeting, date",
            ),
            ("kind", "word", "slag", "typ, type"),
            (
                "agenda_on",
                "day",
                "ärenden senast",
                "sista dag för ärenden, anmälan senast, agenda, dagordning",
            ),
            (
                "documents_on",
                "day",
                "handlingar senast",
                "sista dag för handlingar, handlingar, documents, papers",
            ),
            ("adjustment_days", "whole", "justeringsdagar", "dagar till justering"),
            ("moved_from", "day", "flyttat från", "flyttad från"),
            ("cancelled", "yes_no", "inställt", "inställd"),
            ("choice", "yes_no", "valt", "preliminär, preliminärt, preliminary"),
        ),
    ),
    SheetShape(
        "grants",
        ("Bidrag", "Grants"),
        (
            *_columns(
                _REFERENCE,
                (
                    "title!",
                    "text",
                    "bidrag",
                    "benämning, rubrik, titel, projekt, projektnamn, insats, name, project",
                ),
                ("programme!", "programme", "program", "bidragsform, utlysning, stöd, program name, scheme"),
                ("funder!", "organisation", "bidragsgivare", "finansiär, beviljande myndighet, myndighet"),
                (
                    "recipient!",
                    "organisation",
                    "mottagare",
                    "bidragsmottagare, nämnd, förvaltning, organisation",
                ),
                (
                    "funder_reference",
                    "text",
                    "bidragsgivarens dnr",
                    "bidragsgivarens diarienummer, finansiärens dnr, finansiärens referens, deras dnr",
                ),
                (
                    "period_start_on",
                    "day",
                    "startdatum",
                    "start, från, fr.o.m., från och med, period från, projektstart, from, start date",
                ),
                (
                    "period_end_on",
                    "day",
                    "slutdatum",
                    "slut, till, t.o.m., till och med, period till, projektslut, to, end, end date",
                ),
                ("applied_for", "sum", "sökt belopp", "ansökt belopp, sökt, ansökt, amount applied for"),
                ("figures_file", "text", "nyckeltalsfil", "sifferfil"),
                ("decided_on", "day", "beslutsdatum", "beslutsdag, beslutad, beslut, decision date, decided"),
                ("amount", "sum", "beviljat belopp", "beviljat, bidragsbelopp, belopp, award, awarded"),
            ),
            *_ROLES,
        ),
    ),
    SheetShape(
        "dates",
        ("Datum", "Dates"),
        _columns(
            _REFERENCE,
            ("date!", "text", "datum", "vilket datum, vad"),
            ("on!", "day", "dag", "den"),
            ("source", "text", "källa"),
            ("choice", "yes_no", "valt", "antaget, assumed"),
        ),
    ),
    SheetShape(
        "decisions",
        ("Beslut", "Decisions"),
        _columns(
            _REFERENCE,
            (
                "decided_on!",
                "day",
                "beslutsdatum",
                "beslutsdag, beslutad, beslut, datum, decision date, date",
            ),
            ("kind", "word", "slag", "typ, type, beslutstyp, typ av beslut"),
            ("amount", "sum", "belopp", "beviljat belopp, tillägg, sum"),
            ("total", "sum", "sammanlagt", "totalt, totalt beviljat"),
            ("purpose", "text", "ändamål", "syfte"),
            ("conditions", "text", "villkor"),
            ("source", "text", "källa"),
        ),
    ),
    SheetShape(
        "done",
        ("Utfört", "Done"),
        _columns(
            _REFERENCE,
            _STEP,
            ("done_on!", "day", "klart", "klar, utfört, done, datum, date"),
        ),
    ),
    SheetShape(
        "instalments",
        ("Rater", "Instalments"),
        _columns(
            _REFERENCE,
            ("number!", "whole", "rat", "nummer, nr, del, delbetalning, instalment"),
            ("claimed_on", "day", "rekvirerat", "rekvirerad, rekvisition, claimed"),
            ("paid_on", "day", "utbetalt", "utbetald, utbetalning, paid"),
            ("paid_amount", "sum", "utbetalt belopp", "utbetald summa, belopp, amount paid"),
            ("requested_by", "person", "begärd av"),
            ("confirmed_by", "person", "bekräftad av"),
        ),
    ),
    SheetShape(
        "budgets",
        ("Budget", "Budgets"),
        _columns(
            ("reference!", "text", "diarienummer", f"{_REFERENCES}, projekt, project"),
            ("account!", "text", "konto", "kontonummer, kontonr, account number"),
            ("title", "text", "benämning", "kontonamn, kontobenämning, text, post, account name, name"),
            ("period", "period", "period", "kvartal, månad, år, quarter, month, year"),
            ("amount", "sum", "belopp", "budget, budgeterat, planerat, summa, planned, sum"),
        ),
    ),
)
