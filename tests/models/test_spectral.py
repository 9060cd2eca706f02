import numpy as np
import pytest
from numpy.typing import NDArray

from asd_monitor.models.detectors.spectral import Spectral, describe
from asd_monitor.models.errors import BundleError
from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.training.sound import Runs
from asd_monitor.models.training.spectral import clips
from tests.support.fitting import SMALL, steady_frames


def test_the_floor_ignores_what_passes_and_the_flutter_what_lasts() -> None:
    frames = steady_frames(500)
    passing, lasting = frames.copy(), frames.copy()
    passing[100:130, 0] += 10
    lasting[:, 0] += 10
    n_mels = SMALL.n_mels
    floor, flutter = describe(frames)[0], describe(frames)[n_mels]
    assert abs(describe(passing)[0] - floor) < 0.2
    assert abs(describe(lasting)[0] - floor - 10) < 1e-5
    assert abs(describe(lasting)[n_mels] - flutter) < 1e-5


def test_only_the_band_that_changes_is_described_otherwise() -> None:
    frames = steady_frames(500)
    changed = frames.copy()
    changed[:, 3] *= 2
    differs = np.flatnonzero(describe(frames) != describe(changed))
    assert differs.tolist() == [3, 3 + SMALL.n_mels]


def test_runs_are_cut_into_clips_and_short_ones_are_one() -> None:
    per_clip = int(10 * SMALL.sample_rate_hz) // SMALL.hop_length
    per_second = SMALL.sample_rate_hz // SMALL.hop_length
    runs = Runs.of(steady_frames(2 * per_clip), steady_frames(per_second + 1), steady_frames(3))
    assert [len(clip) for clip in clips(runs, SMALL)] == [per_clip] * 3 + [per_second + 1]


def test_a_deviation_in_one_band_counts_for_more_than_as_much_in_many() -> None:
    frames = steady_frames(500)
    n_values = 2 * SMALL.n_mels
    described = describe(frames)

    def score(deviations: NDArray[np.float64]) -> float:
        mean = (described - deviations).astype(np.float32)
        detector = Spectral(mean=mean, whitening=np.eye(n_values, dtype=np.float32))
        return detector.score_clip(frames, Standardiser.of_standardised(SMALL.n_mels))[0]

    one = np.zeros(n_values)
    one[3] = np.sqrt(n_values)
    assert score(np.ones(n_values)) == pytest.approx(0, abs=1e-5)
    assert score(one) == pytest.approx(0.5 * np.log(n_values), abs=1e-5)


@pytest.mark.parametrize("stored", [{}, {"shape": 2}, {"shape": 4, "surplus": 1}])
def test_a_bundle_whose_deviations_count_otherwise_is_refused(stored: dict[str, int]) -> None:
    n_values = 2 * SMALL.n_mels
    eye = np.eye(n_values, dtype=np.float32)
    tensors = {"mean": np.zeros(n_values, np.float32), "whitening": eye}
    assert Spectral.from_tensors(tensors, {"shape": 4}, SMALL).hyperparameters() == {"shape": 4}
    with pytest.raises(BundleError, match="hyper-parameters of the detector cannot be used"):
        Spectral.from_tensors(tensors, stored, SMALL)
