"""Notice when the way for letters, or letters to one domain, hold everything else up."""

from __future__ import annotations

from models.reading.plain_text import without_addresses
from models.rules.delivery.retry import ReplyDecision, ReplyReason, ServerReply
from models.vocabulary import AttemptOutcome

# After so many silences a domain's other letters are put off, for this run.
DOMAIN_STRIKES = 2
# Silences over letters to so many domains, with none accepted in between, are the server's.
ROUTE_DOMAINS = 3
# So many connections in a row that end with a 421, or with what is not SMTP, are no letter's fault.
ROUTE_BROKEN = 3
_BROKEN = (ReplyReason.GARBLED, ReplyReason.SHUTTING_DOWN)


class Breaker:
    """What a run has seen of the route and of the domains behind it; `route_error` is set once it stops."""

    def __init__(self) -> None:
        self.route_error: str | None = None
        self._strikes: dict[str, int] = {}
        self._silent_domains: set[str] = set()
        self._broken = 0

    def stop(self, why: str) -> None:
        """Stop the route; the first reason is kept."""
        self.route_error = self.route_error or why

    def note(self, reply: ServerReply, decision: ReplyDecision, domain: str) -> None:
        """Note what came of a letter to the domain."""
        if reply.code is not None:
            self._broken = self._broken + 1 if decision.reason in _BROKEN else 0
        if decision.pauses_route:
            self.stop(said(reply))
        elif self._broken >= ROUTE_BROKEN:
            self.stop(f"{self._broken} connections in a row broke; the last {said(reply)}")
        elif decision.outcome is AttemptOutcome.ACCEPTED:
            self._silent_domains.clear()
            self._strikes.pop(domain, None)
        elif decision.is_silence:
            self._note_silence(domain)

    def _note_silence(self, domain: str) -> None:
        self._strikes[domain] = self._strikes.get(domain, 0) + 1
        self._silent_domains.add(domain)
        if len(self._silent_domains) >= ROUTE_DOMAINS:
            self.stop(f"no answer over letters to {len(self._silent_domains)} domains in a row")

    def holds_up(self, domain: str) -> bool:
        """Return whether letters to the domain wait for another run."""
        return self._strikes.get(domain, 0) >= DOMAIN_STRIKES


def said(reply: ServerReply) -> str:
    """Return an answer in one line, without addresses: at which stage, and what."""
    words = f"{reply.stage.upper()}: {' '.join(str(part) for part in (reply.code, reply.text) if part)}"
    return without_addresses(words)
