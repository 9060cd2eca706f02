import subprocess
import sys

import pytest

HEAVY = ("torch", "librosa", "numba", "sklearn", "matplotlib", "scipy")


@pytest.mark.parametrize("command", ["run", "replay", "status", "check"])
def test_commands_of_a_listening_box_start_without_what_only_others_need(command: str) -> None:
    program = (
        f"import sys, asd_monitor.monitor.cli.{command};"
        f"print(sorted(set({HEAVY}) & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
