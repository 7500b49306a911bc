"""Settings for all tests."""

import atexit
import os
import shutil
import tempfile

from hypothesis import settings

# Certified bounds are kept between the tests of a session, and away from those of the user.
os.environ["WZSIM_CACHE"] = tempfile.mkdtemp(prefix="wzsim-tests-")
atexit.register(shutil.rmtree, os.environ["WZSIM_CACHE"], ignore_errors=True)

# Plugin distributions are installed by the tests, not collected.
collect_ignore = ["plugins"]

# Shared cores make wall-clock deadlines meaningless; in CI the same examples come every time.
settings.register_profile("wzsim", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("wzsim")
