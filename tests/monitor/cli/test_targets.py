import errno
import os
from pathlib import Path

import pytest

from asd_monitor.models.errors import AsdMonitorError, BusyError, ConfigurationError
from asd_monitor.monitor.cli.targets import cannot_write, require_writable


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


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, BusyError),
        (errno.EDQUOT, BusyError),
        (errno.EROFS, ConfigurationError),
        (errno.EACCES, ConfigurationError),
    ],
)
def test_a_full_disk_is_of_the_outside_world_and_a_wrong_place_is_not(
    number: int, kind: type[AsdMonitorError]
) -> None:
    assert isinstance(cannot_write(Path("clip.wav"), OSError(number, os.strerror(number))), kind)
