"""What holds for all tests."""

import os
import signal

from hypothesis import settings

pytest_plugins = ["pytester", "tests.support.fault_matrix"]

# As the command does: before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A shell lets what it runs in the background ignore Ctrl-C, and so would all commands under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A slow machine is no fault of the code.
settings.register_profile("asd-monitor", deadline=None)
settings.load_profile("asd-monitor")
