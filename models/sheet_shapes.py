"""The sheets that an import takes: what each is about, and the words by which offices call its columns."""

from __future__ import annotations

from models.sheet_headings import Column, Reads, SheetShape
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

# The sheet that says what a workbook does not hold (Swedish, English); it is not imported.
ABOUT = ("Om arbetsboken", "About this workbook")
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
            ("bounced_at", "text", "studsar sedan"),
        ),
    ),
    SheetShape(
        "absences",
        ("Frånvaro", "Absences"),
        _columns(
            ("email!", "person", "e-post", "person, namn, name, vem, who"),
            ("first!", "day", "första dag", "från, fr.o.m., from, start"),
            ("last!", "day", "sista dag", "till, t.o.m., to, end, slut"),
            ("told_on", "day", "ersättaren underrättad", "deputy told"),
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
                ("programme_version", "text", "programmets version"),
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
                ("opened_on", "day", "upplagt", "upplagd, upplagt den, entered on"),
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
            ("recorded_by", "person", "registrerat av"),
            ("recorded_at", "text", "registrerat", "registrerat klockan"),
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
        "answers",
        ("Svar", "Answers"),
        _columns(
            _REFERENCE,
            _STEP,
            ("question!", "text", "fråga"),
            ("answer!", "text", "svar"),
            ("turn", "whole", "gång", "vilken gång, time"),
        ),
    ),
    SheetShape(
        "said",
        ("Besked", "Said"),
        _columns(
            _REFERENCE,
            _STEP,
            ("said!", "word", "besked"),
            ("said_on!", "day", "lämnat", "lämnat den, datum, date"),
            ("by!", "person", "av", "vem, who"),
            ("note", "text", "anteckning", "skäl, kommentar, reason, comment"),
            ("expected_on", "day", "väntas", "väntas klart, klart senast, expected"),
            ("colleague", "person", "kollega", "till, to"),
            ("said_at", "text", "klockslag", "tidpunkt, moment"),
        ),
    ),
    SheetShape(
        "told",
        ("Underrättelser", "Told"),
        _columns(
            _REFERENCE,
            _STEP,
            ("due_on!", "day", "gällde dagen", "förfallodag, due"),
            ("rung!", "text", "trappsteg"),
            ("position", "whole", "trappstegets nummer"),
            ("notice!", "word", "underrättelse"),
            ("person!", "person", "underrättad person", "vem, who"),
            ("instead_of", "person", "i stället för", "ersätter"),
            ("told_on!", "day", "underrättad", "underrättad den, told"),
            ("dropped", "yes_no", "återkallad", "tagen ur brevet"),
        ),
    ),
    SheetShape(
        "figures",
        ("Hämtade uppgifter", "Figures"),
        _columns(
            _REFERENCE,
            _STEP,
            ("question!", "text", "fråga"),
            ("value!", "text", "värde", "uppgift, siffra, figure"),
            ("source!", "text", "källa"),
            ("gathered_at!", "text", "hämtad", "hämtat, hämtad klockan, gathered"),
            ("sha256", "text", "filens sha256", "filens hash, file hash, hash"),
            ("about", "text", "avser", "avser period, period"),
        ),
    ),
    SheetShape(
        "figure_accounts",
        ("Uppgifter per konto", "Figure accounts"),
        _columns(
            _REFERENCE,
            _STEP,
            ("question!", "text", "fråga"),
            ("source!", "text", "källa"),
            ("account", "text", "konto", "kontonummer, kontonr, account number"),
            ("part!", "text", "del av värdet", "därav, part of value"),
        ),
    ),
    SheetShape(
        "steps",
        ("Steg", "Steps"),
        _columns(
            _REFERENCE,
            _STEP,
            ("owner", "person", "stegets ansvariga", "ansvarig för steget, step owner"),
            ("since_on!", "day", "ansvarig sedan", "since"),
            ("version", "whole", "version", "stegets version"),
            ("done_by", "person", "utfört av"),
            ("undecided_on", "day", "sammanträde utan beslut", "meeting without a decision"),
            ("fell_on", "day", "godkännande föll bort", "approval fell"),
            ("recovers", "whole", "återkrav av rat", "recovers instalment"),
            ("opened_on", "day", "återkrav öppnat", "recovery opened"),
            ("reason", "text", "skäl", "orsak, anledning, därför, why"),
        ),
    ),
    SheetShape(
        "extensions",
        ("Anstånd", "Extensions"),
        _columns(
            _REFERENCE,
            _STEP,
            ("to!", "day", "till", "ny dag, nytt datum, anstånd till, new date"),
            ("reason!", "text", "skäl", "orsak, anledning, därför, why"),
        ),
    ),
    SheetShape(
        "readings",
        ("Tolkningar", "Readings"),
        _columns(
            _REFERENCE,
            _STEP,
            ("confirmed_on!", "day", "bekräftad dag", "bekräftat datum, confirmed day"),
            ("reason!", "text", "skäl", "orsak, anledning, därför, why"),
        ),
    ),
    SheetShape(
        "instalments",
        ("Rater", "Instalments"),
        _columns(
            _REFERENCE,
            ("number!", "whole", "rat", "nummer, nr, del, delbetalning, instalment"),
            ("amount", "sum", "belopp", "rekvirerat belopp"),
            ("requested_by", "person", "begärd av"),
            ("requested_on", "day", "begärd", "begärd den"),
            ("confirmed_by", "person", "bekräftad av"),
            ("released_on", "day", "frisläppt", "frisläppt den"),
            ("released_amount", "sum", "frisläppt belopp", "amount released"),
            ("claimed_on", "day", "rekvirerat", "rekvirerad, rekvisition, claimed"),
            ("claimed_by", "person", "rekvirerad av"),
            ("paid_on", "day", "utbetalt", "utbetald, utbetalning, paid"),
            ("paid_amount", "sum", "utbetalt belopp", "utbetald summa, amount paid"),
            ("paid_by", "person", "utbetalning registrerad av"),
            ("no_more_why", "text", "kommer inte mer", "mer kommer inte, resten förlorad, no more comes"),
            ("no_more_on", "day", "kommer inte mer, noterat", "noterat att inte mer kommer"),
            ("no_more_by", "person", "kommer inte mer, noterat av", "noterat att inte mer kommer av"),
        ),
    ),
    SheetShape(
        "part_payments",
        ("Delutbetalningar", "Part payments"),
        _columns(
            _REFERENCE,
            ("number!", "whole", "rat", "nummer, nr, del, instalment"),
            ("part_paid_on!", "day", "del utbetald", "delutbetalt, delutbetalning"),
            ("part_paid!", "sum", "delutbetalt belopp", "part amount"),
            ("part_paid_by", "person", "delutbetalning registrerad av"),
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
