"""Ask the office's OpenID provider for its configuration, for the doctor."""

from typing import Any

from deployments.cli.context import Found
from models.reading.number import shown
from tasks.settings import Settings

_SECONDS = 5
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def check_provider(settings: Settings) -> Found:
    """Check that the provider's discovery document exists, is its own, and has what signing in needs.

    A provider may send claims that it does not list: that is noted, but is not a fault.
    """
    if not settings.oidc_issuer:
        return True, "none is set: people sign in by mailed links"
    import httpx

    address = settings.oidc_discovery
    try:
        document = httpx.get(address, timeout=_SECONDS).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        return False, f"{address} does not answer as a provider ({type(error).__name__}: {shown(error, 120)})"
    if not isinstance(document, dict):
        return False, f"{address} holds no discovery document"
    issuer = document.get("issuer")
    if issuer != settings.oidc_issuer:
        return False, f"{address} calls itself '{shown(issuer, 120)}': write GRANTS_OIDC_ISSUER exactly so"
    missing = [one for one in _NEEDED if not document.get(one)]
    if missing:
        return False, f"{address} has no {', '.join(missing)}"
    return True, f"{issuer} answers{_unlisted(document, settings)}"


def _unlisted(document: dict[str, Any], settings: Settings) -> str:
    """Return the claims that it does not list, if it lists any at all."""
    listed = document.get("claims_supported")
    if not isinstance(listed, list):
        return ""
    wanted = [settings.oidc_claim, "auth_time"]
    if not settings.oidc_own_addresses:
        wanted.append("email_verified")
    if settings.oidc_groups:
        wanted.append(settings.oidc_groups_claim)
    unlisted = [one for one in wanted if one not in listed]
    return f"; among its claims it does not list {', '.join(unlisted)}: try a sign-in" if unlisted else ""
