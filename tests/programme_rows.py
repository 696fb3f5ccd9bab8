"""Say a programme's rows as its page posts them."""

from collections.abc import Sequence
from dataclasses import asdict

from tasks.programmes.rows.row import ProgrammeRows, Row


def posted(rows: ProgrammeRows) -> dict[str, str]:
    """Return the texts of rows by the names of their fields on the page."""
    groups: dict[str, Sequence[Row]] = {
        "dates": rows.dates,
        "duties": rows.duties,
        "repayments": rows.repayments,
        "payments": rows.payments,
    }
    texts = {f"head-0-{name}": text for name, text in asdict(rows.head).items()}
    for group, several in groups.items():
        for number, row in enumerate(several):
            texts |= {f"{group}-{number}-{name}": text for name, text in asdict(row).items()}
    return texts
