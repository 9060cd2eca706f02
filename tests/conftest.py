"""What holds for all tests."""

import os

from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.fault_matrix"]

# As the command does: before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A slow machine is no fault of the code.
settings.register_profile("asd-monitor", deadline=None)
settings.load_profile("asd-monitor")
