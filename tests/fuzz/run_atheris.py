"""Fuzz a parser with coverage guidance, where atheris can be installed (it is no dependency).

pip install atheris
python -m tests.fuzz.run_atheris configuration -max_total_time=600
"""

import contextlib
import importlib
import sys

from asd_monitor.models.errors import AsdMonitorError
from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target that the first argument names until libFuzzer's options say to stop."""
    name = sys.argv.pop(1)
    atheris = importlib.import_module("atheris")

    def test_one_input(data: bytes) -> None:
        with contextlib.suppress(AsdMonitorError):
            TARGETS[name](data)

    atheris.instrument_all()
    atheris.Setup(sys.argv, test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
