from dataclasses import replace

import pytest

from asd_monitor.calibrate.hertz import say_band, say_hertz
from asd_monitor.monitor.events import Band


@pytest.mark.parametrize(
    ("low_hz", "high_hz", "said"),
    [
        (0.0, 93.75, "0-94 Hz"),
        (950.0, 1010.0, "0.95-1.01 kHz"),
        (1900.0, 2412.0, "1.9-2.4 kHz"),
    ],
)
def test_frequencies_are_said_as_people_say_them(low_hz: float, high_hz: float, said: str) -> None:
    assert say_hertz(low_hz, high_hz) == said


def test_a_band_that_is_approximate_is_said_to_be() -> None:
    band = Band(low_hz=1900.0, high_hz=2412.0, share=0.5)
    assert say_band(band) == "1.9-2.4 kHz"
    assert say_band(replace(band, approximate=True)) == "about 1.9-2.4 kHz"
