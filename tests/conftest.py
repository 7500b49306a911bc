"""Settings for all tests."""

import os

from hypothesis import settings

# Plugin distributions are installed by the tests, not collected.
collect_ignore = ["plugins"]

# Shared cores make wall-clock deadlines meaningless; in CI the same examples come every time.
settings.register_profile("wzsim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("wzsim")
