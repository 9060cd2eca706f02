from pathlib import Path

import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.cli.targets import require_writable


def test_a_folder_that_is_not_there_yet_is_writable_and_still_not_there(tmp_path: Path) -> None:
    require_writable(tmp_path / "machines" / "pump" / "bundle.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "bundle.safetensors"
    with pytest.raises(ConfigurationError, match=f"cannot write {target}: Not a directory"):
        require_writable(target)


def test_a_file_system_that_takes_no_files_is_refused_even_for_root() -> None:
    with pytest.raises(ConfigurationError, match="choose another place"):
        require_writable(Path("/proc/bundle.safetensors"))
