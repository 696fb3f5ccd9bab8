"""What we keep in Prefect, by its key: the artifacts that answer an administrator's questions, and a number."""

OVERVIEW_KEY, STUCK_KEY, WAITING_KEY = "grants-overview", "grants-stuck", "grants-waiting"
REPORT_KEY = "round-report"
# The parameter that tells each run what the portal works on; nobody fills it in.
INSTALLATION = "installation"
# The variable that says up to which event of the journal Prefect was told.
CURSOR = "grantline_journal"
