from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.systemd_units import (
    is_sealed,
    plain_unit,
    quoted,
    sealed,
    template_unit,
)

units = st.sampled_from([plain_unit("/opt/asd-monitor"), template_unit("/opt/asd-monitor")])


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("/opt/asd-monitor", "/opt/asd-monitor"),
        ("/opt/50%/a", "/opt/50%%/a"),
        ("/opt/$a", "/opt/$$a"),
        ("/opt/my tools", '"/opt/my tools"'),
        ('/opt/"a"\\b', '"/opt/\\"a\\"\\\\b"'),
    ],
)
def test_a_path_is_written_as_systemd_reads_it_back(word: str, written: str) -> None:
    assert quoted(word) == written


def test_a_credential_is_loaded_only_where_there_is_one() -> None:
    config = PurePath("/srv/monitor/hall.toml")
    unit = plain_unit("asd-monitor", config, credentials=["mqtt-password"])
    assert "\nLoadCredential=mqtt-password:/srv/monitor/mqtt-password\n" in unit
    assert "\n#LoadCredential=mqtt-username:/srv/monitor/mqtt-username\n" in unit


@given(unit=units)
def test_a_unit_is_known_as_written_by_us(unit: str) -> None:
    assert is_sealed(sealed(unit))
    assert not is_sealed(unit)


@given(unit=units, data=st.data())
def test_a_unit_that_somebody_has_changed_is_known_as_that(unit: str, data: st.DataObject) -> None:
    lines = sealed(unit).splitlines(keepends=True)
    changed = data.draw(st.integers(0, len(lines) - 1))
    lines[changed] = f"# {lines[changed]}"
    assert not is_sealed("".join(lines))
