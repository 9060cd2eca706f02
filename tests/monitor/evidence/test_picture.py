import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from asd_monitor.monitor.events import Band
from asd_monitor.monitor.evidence.picture import (
    HEIGHT_PX,
    LEFT_PX,
    RIGHT_PX,
    SCORE_PX,
    SOUND_PX,
    WIDTH_PX,
    picture_of,
)
from asd_monitor.monitor.evidence.take import Take
from tests.support.machines import RATE_HZ
from tests.support.sounds import noise
from tests.support.takes import a_take, takes_of_the_fault

SOUND = (slice(*SOUND_PX), slice(LEFT_PX, RIGHT_PX))
SCORES = (slice(*SCORE_PX), slice(LEFT_PX, RIGHT_PX))
HEAD = (slice(140, 200), slice(0, WIDTH_PX))


def drawn(take: Take) -> NDArray[np.uint8]:
    png = picture_of(take)
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def with_bands(take: Take, *bands: Band) -> Take:
    return replace(take, event=replace(take.event, bands=bands))


def differs(a: NDArray[np.uint8], b: NDArray[np.uint8], part: tuple[slice, slice]) -> bool:
    return bool((np.abs(a[part].astype(int) - b[part]) > 60).any())


@pytest.fixture(scope="module")
def take() -> Take:
    return takes_of_the_fault()[-1]


def test_a_picture_has_one_size_and_is_small_enough_for_a_message(take: Take) -> None:
    png = picture_of(take)
    assert png is not None
    assert Image.open(io.BytesIO(png)).size == (WIDTH_PX, HEIGHT_PX)
    assert len(png) < 500_000


def test_a_band_is_framed_where_it_is_and_named(take: Take) -> None:
    without = drawn(with_bands(take))
    framed = drawn(with_bands(take, Band(2000.0, 2400.0, 0.8)))
    assert differs(without, framed, HEAD)
    top, bottom = SOUND_PX
    changed = np.abs(framed[SOUND].astype(int) - without[SOUND]).max(axis=(1, 2)) > 100
    middle = np.flatnonzero(changed).mean() / (bottom - top)
    assert 0.3 < middle < 0.5, "2.2 kHz lies at 40 % from the top of a mel axis up to 8 kHz"


def test_scores_and_threshold_are_drawn_below(take: Take) -> None:
    threshold = take.calibration.thresholds
    higher = replace(take.calibration, thresholds=replace(threshold, critical=2.5))
    assert differs(drawn(take), drawn(replace(take, calibration=higher)), SCORES)
    assert differs(drawn(take), drawn(replace(take, clips=a_take().clips)), SCORES)
    assert not differs(drawn(take), drawn(replace(take, clips=a_take().clips)), SOUND)


def test_an_ensemble_has_scores_of_two_units(take: Take) -> None:
    voices = take.calibration.members * 2
    ensemble = replace(take, calibration=replace(take.calibration, members=voices))
    assert differs(drawn(take), drawn(ensemble), SCORES)


def test_an_event_that_began_before_the_clip_is_drawn_too(take: Take) -> None:
    assert drawn(replace(take, onset_s=-3600.0, ended_s=None)).shape[:2] == (HEIGHT_PX, WIDTH_PX)


@pytest.mark.parametrize("bands", [None, ()])
def test_without_bands_and_scores_there_is_still_a_picture(bands: tuple[Band, ...] | None) -> None:
    bare = a_take()
    assert picture_of(replace(bare, event=replace(bare.event, bands=bands)))


def test_of_silence_there_is_a_picture_and_of_nothing_there_is_none() -> None:
    assert picture_of(a_take(sound=np.zeros(RATE_HZ, np.float32)))
    assert picture_of(a_take(sound=noise(100))) is None
