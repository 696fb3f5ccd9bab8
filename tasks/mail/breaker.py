"""Notice when a mail server, or letters to one domain, hold everything else up."""

from __future__ import annotations

# After so many silences a domain's other letters are put off, for this run.
DOMAIN_STRIKES = 2
# Silences over letters to so many domains, with none accepted in between, are the server's.
ROUTE_DOMAINS = 3


class Breaker:
    """What a run has seen of the route and of the domains behind it; `route_error` is set once it stops."""

    def __init__(self) -> None:
        self.route_error: str | None = None
        self._strikes: dict[str, int] = {}
        self._in_a_row: set[str] = set()

    @property
    def failed_domains(self) -> int:
        """How many domains hold letters up."""
        return sum(count >= DOMAIN_STRIKES for count in self._strikes.values())

    def stop(self, why: str) -> None:
        """Stop the route; the first reason is kept."""
        self.route_error = self.route_error or why

    def silent(self, domain: str) -> None:
        """Note that the server fell silent over a letter to the domain."""
        self._strikes[domain] = self._strikes.get(domain, 0) + 1
        self._in_a_row.add(domain)
        if len(self._in_a_row) >= ROUTE_DOMAINS:
            self.stop(f"no answer over letters to {len(self._in_a_row)} domains in a row")

    def taken(self, domain: str) -> None:
        """Note that the server accepted a letter to the domain."""
        self._in_a_row.clear()
        self._strikes.pop(domain, None)

    def holds_up(self, domain: str) -> bool:
        """Return whether letters to the domain wait for another run."""
        return self._strikes.get(domain, 0) >= DOMAIN_STRIKES
