"""Puts the built site into the wheel where HVLIB_SITE names its folder, as ``make wheel`` does."""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SiteHook(BuildHookInterface):  # type: ignore[type-arg]  # whatever the builder's settings
    """Hatchling's hook before a wheel is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the site to what the wheel holds."""
        if site := os.environ.get("HVLIB_SITE"):
            build_data["force_include"][site] = "hvlib/book/site"
