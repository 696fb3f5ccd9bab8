"""The portal: what the grants' state is, the letters kept here, and the page behind a letter's button."""

from deployments.portal.app import make_app

__all__ = ["make_app"]
