from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.judge import judge
from asd_monitor.calibrate.transition import Detector, Transition, TransitionKind
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.fusion import CLIP, Voice
from asd_monitor.monitor.history import ClipHistory, Stretch
from asd_monitor.monitor.moments import end_sample, onset_sample
from tests.support.clip_scores import RATE_HZ, a_calibration, clip

CLIP_S, LENGTH_S, HOP_S = 10, 60, 0.032
NOTHING = Stretch(np.empty(0), 0, 1, 0)

# Normal sound scores about 0 and the critical threshold is 2.
STRONG = 8.0


def of_several_members() -> Calibration:
    """Of an ensemble, whose window scores are in units of their own."""
    return replace(
        a_calibration(),
        members=(
            Voice(member=0, kind="group-made", pooling="quantile:0.25", mean=5.0, std=1.0),
            Voice(member=1, kind="spectral", pooling=CLIP, mean=0.0, std=1.0),
        ),
    )


def clips_of(begin_s: float, end_s: float, *, until_s: int, strength: float = STRONG) -> Stretch:
    """Clips that score by how much of them is abnormal, the last one ending at a time."""
    history = ClipHistory(kept=30, hop_samples=RATE_HZ)
    for first_s in range(until_s - CLIP_S + 1):
        abnormal_s = max(0.0, min(end_s, first_s + CLIP_S) - max(begin_s, first_s))
        history.append(
            strength * abnormal_s / CLIP_S,
            first_sample=first_s * RATE_HZ,
            clip_samples=CLIP_S * RATE_HZ,
        )
    return history.all()


def transition(
    kind: TransitionKind, *, at_s: float, peak_score: float, peak_voices: tuple[float, ...]
) -> Transition:
    deciding = clip(peak_score, start_s=at_s - CLIP_S)
    return Transition(
        kind=kind,
        sample=round(at_s * RATE_HZ),
        clip=deciding,
        verdict=judge(deciding, a_calibration()),
        opened_sample=0,
        peak_score=peak_score,
        peak_sample=0,
        peak_voices=peak_voices,
    )


@given(begin_s=st.floats(20, 30), strength=st.floats(4.5, 100.0))
def test_clips_date_the_onset_of_a_sudden_fault_that_the_windows_do_not_show(
    begin_s: float, strength: float
) -> None:
    calibration = of_several_members()
    detected_s = int(begin_s) + 1 + int(CLIP_S * calibration.thresholds.critical / strength) + 3
    opening = transition(
        TransitionKind.OPENED, at_s=detected_s, peak_score=2.5, peak_voices=(5.1, 6.0)
    )
    clips = clips_of(begin_s, LENGTH_S, until_s=detected_s, strength=strength)
    onset = onset_sample(opening, windows=NOTHING, clips=clips, calibration=calibration)
    assert abs(onset / RATE_HZ - begin_s) < 3


@given(end_s=st.floats(35, 45))
def test_clips_date_the_end_of_a_fault_that_the_windows_do_not_show(end_s: float) -> None:
    closing = transition(TransitionKind.CLOSED, at_s=60, peak_score=STRONG, peak_voices=(5.1, 20.0))
    clips = clips_of(15, end_s, until_s=60)
    ended = end_sample(closing, windows=NOTHING, clips=clips, calibration=of_several_members())
    assert abs(ended / RATE_HZ - end_s) < 3


def test_windows_that_show_the_event_date_it_to_a_hop() -> None:
    scores = np.where(np.arange(500) < 300, 5.0, 12.0)
    windows = Stretch(scores, 1000, 512, 3072)
    opening = transition(TransitionKind.OPENED, at_s=30, peak_score=9.0, peak_voices=(12.0, 6.0))
    clips = clips_of(20, LENGTH_S, until_s=30)
    calibration = of_several_members()
    onset = onset_sample(opening, windows=windows, clips=clips, calibration=calibration)
    assert onset == 1000 + 300 * 512
    closing = replace(opening, kind=TransitionKind.CLOSED)
    falling = replace(windows, score=scores[::-1])
    ended = end_sample(closing, windows=falling, clips=clips, calibration=calibration)
    assert ended == 1000 + 199 * 512 + 3072


@given(at=st.integers(150, 450), seed=st.integers(0, 1000))
def test_windows_pooled_by_a_low_quantile_are_compared_with_windows(at: int, seed: int) -> None:
    """Their quantile lies below their mean, so that every normal window would pass for abnormal."""
    rng = np.random.default_rng(seed)
    scores = 4.9 + rng.exponential(0.3, 600)
    scores[at:] += 0.4 + rng.exponential(0.4, 600 - at)
    normal = NormalBands(mean=(5.2, 5.2), std=(0.1, 0.1))
    calibration = replace(of_several_members(), bands=normal)
    calibration = replace(
        calibration, members=tuple(replace(each, std=0.01) for each in calibration.members)
    )
    opening = transition(TransitionKind.OPENED, at_s=20, peak_score=9.0, peak_voices=(5.03, 6.0))
    windows = Stretch(scores, 0, 512, 3072)
    onset = onset_sample(opening, windows=windows, clips=NOTHING, calibration=calibration)
    assert abs(onset / 512 - at) * HOP_S < 3
    closing = replace(opening, kind=TransitionKind.CLOSED)
    falling = replace(windows, score=scores[::-1])
    ended = end_sample(closing, windows=falling, clips=NOTHING, calibration=calibration)
    assert abs((ended - 3072) / 512 - (600 - at)) * HOP_S < 3


def test_a_lasting_shift_knows_its_own_moments() -> None:
    shifted = replace(
        transition(TransitionKind.OPENED, at_s=30, peak_score=9.0, peak_voices=(12.0, 6.0)),
        detector=Detector.CHANGE,
        estimated_sample=77,
    )
    for date in (onset_sample, end_sample):
        assert date(shifted, windows=NOTHING, clips=NOTHING, calibration=a_calibration()) == 77


def test_after_an_interruption_the_deciding_clip_is_all_there_is() -> None:
    opening = transition(TransitionKind.OPENED, at_s=30, peak_score=9.0, peak_voices=())
    found = onset_sample(opening, windows=NOTHING, clips=NOTHING, calibration=of_several_members())
    assert found == opening.clip.first_sample
