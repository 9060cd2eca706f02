import platform
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import scipy

from asd_monitor.monitor import versions

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_our_own_version_is_the_project_s() -> None:
    assert versions.own() == tomllib.loads(PROJECT.read_text())["project"]["version"]


def test_versions_are_those_of_what_is_running() -> None:
    found = versions.of_libraries()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert found["scipy"] == scipy.__version__


def test_every_library_is_a_dependency_of_ours() -> None:
    dependencies = tomllib.loads(PROJECT.read_text())["project"]["dependencies"]
    names = {dependency.partition(">=")[0] for dependency in dependencies}
    assert versions.of_libraries().keys() - {"python"} <= names


def test_asking_imports_none_of_them() -> None:
    script = (
        "import sys; from asd_monitor.monitor import versions; versions.of_libraries();"
        "print({'numpy', 'scipy', 'soxr', 'sounddevice', 'torch'} & set(sys.modules))"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == "set()"
