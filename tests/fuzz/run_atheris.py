"""Fuzz a parser with coverage guidance, where atheris can be installed (it is no dependency).

pip install atheris
python -m tests.fuzz.run_atheris configuration -max_total_time=600
"""

import contextlib
import importlib
import sys
import tempfile
from pathlib import Path

from asd_monitor.models.errors import AsdMonitorError


def main() -> None:
    """Fuzz the target that the first argument names until libFuzzer's options say to stop."""
    name = sys.argv.pop(1)
    atheris = importlib.import_module("atheris")
    # Libraries are theirs to fuzz, and to instrument numpy takes minutes.
    with atheris.instrument_imports(include=["asd_monitor"]):
        targets = importlib.import_module("tests.fuzz.targets")
    read = targets.TARGETS[name]

    def test_one_input(data: bytes) -> None:
        with contextlib.suppress(AsdMonitorError):
            read(data)

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    (corpus / "seed").write_bytes(targets.seed(name))
    atheris.Setup([*sys.argv, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
