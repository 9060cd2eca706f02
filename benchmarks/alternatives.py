"""Detectors with one thing changed, for `benchmarks/open_choices.py`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import OAS, LedoitWolf
from sklearn.mixture import GaussianMixture

from asd_monitor.models import masks, mixture
from asd_monitor.models.detectors import spectral
from asd_monitor.models.detectors.spectral import Spectral
from asd_monitor.models.masks import Degrees, Ordering
from asd_monitor.models.standardiser import Standardiser
from asd_monitor.models.training import mixture_gradient, network, standardise, train
from asd_monitor.models.training import spectral as spectral_training
from asd_monitor.models.training.progress import EpochDone
from asd_monitor.models.training.settings import TrainingSettings
from asd_monitor.models.training.sound import FitReport, Runs, TrainingSound

Frames = NDArray[np.float32]
Describe = Callable[[Frames], NDArray[np.float64]]
Changed = Callable[[], AbstractContextManager[Any]]

N_FRAMES = 5
GAIN_DRAWS = 8
"""Random gains by which each clip is described to a mixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A detector to train.

    Attributes:
        name: for the table.
        detector: its kind.
        ordering: of a Group MADE.
        components: of a Group MADE.
        changed: what is otherwise about it, as long as that holds.
    """

    name: str
    detector: str = "group-made"
    ordering: str = "idnn"
    components: int = 10
    changed: Changed = nullcontext


def _marginals() -> AbstractContextManager[Any]:
    """`idnn` scores all frames, the four that condition by their marginal densities."""
    middle = N_FRAMES // 2
    others = tuple(frame for frame in range(N_FRAMES) if frame != middle)
    reading = Ordering(name="idnn", groups=(others, (middle,)), scored=tuple(range(N_FRAMES)))
    orderings = masks._ORDERINGS  # noqa: SLF001 - nobody can ask for this one
    return mock.patch.dict(orderings, {"idnn": lambda _: reading})


@contextmanager
def _sigma_floor(log_sigma: float) -> Iterator[None]:
    with ExitStack() as patches:
        for module in (mixture, mixture_gradient, network):
            patches.enter_context(mock.patch.object(module, "LOG_SIGMA_MIN", log_sigma))
        yield


def _standardised_by(fit: Callable[[Runs], Standardiser]) -> AbstractContextManager[Any]:
    return mock.patch.object(train, "fit_standardiser", fit)


def _one_scale(runs: Runs) -> Standardiser:
    """The mean of each bin, but one deviation for all of them."""
    own = standardise.fit_standardiser(runs)
    common = np.sqrt(np.mean(np.square(own.std)))
    return Standardiser(mean=own.mean, std=np.full_like(own.std, common))


def _raw(runs: Runs) -> Standardiser:
    """One mean and one deviation, those of all values."""
    mean, std = runs.frames.mean(dtype=np.float64), runs.frames.std(dtype=np.float64)
    shape = runs.frames.shape[1]
    return Standardiser(
        mean=np.full(shape, mean, dtype=np.float32), std=np.full(shape, std, dtype=np.float32)
    )


def _degrees(of_width: Callable[[Degrees, int], Degrees]) -> AbstractContextManager[Any]:
    def hidden_degrees(ordering: Ordering, *, width: int) -> Degrees:
        n_seen = masks.adjacency(ordering)[list(ordering.scored)].sum(axis=1)
        return of_width(np.unique(n_seen), width)

    return mock.patch.object(masks, "hidden_degrees", hidden_degrees)


def _with_zero(outputs: Degrees, width: int) -> Degrees:
    """Evenly, degree 0 included, whose units see nothing."""
    return outputs[np.arange(width) * outputs.size // width]


def _at_random(outputs: Degrees, width: int) -> Degrees:
    """As in MADE, where each unit draws its degree; ascending, as our layers are stored."""
    usable = outputs[outputs > 0]
    return np.sort(np.random.default_rng(width).choice(usable, width))


def _by_what_they_see(outputs: Degrees, width: int) -> Degrees:
    """So many units of a degree as it sees frames."""
    usable = outputs[outputs > 0]
    return np.repeat(usable, usable)[np.arange(width) * int(usable.sum()) // width]


@contextmanager
def _described_by(describe: Describe) -> Iterator[None]:
    with (
        mock.patch.object(spectral, "describe", describe),
        mock.patch.object(spectral_training, "describe", describe),
    ):
        yield


def _ranked(frames: Frames, *, ratio: float) -> NDArray[np.float64]:
    """Global weighted ranking pooling of each band's levels, the loudest first."""
    ordered = np.sort(frames.astype(np.float64), axis=0)[::-1]
    return np.asarray(np.average(ordered, axis=0, weights=ratio ** np.arange(len(frames))))


def _floor(frames: Frames) -> NDArray[np.float64]:
    return _USED(frames)[: frames.shape[1]]


def _flutter(frames: Frames) -> NDArray[np.float64]:
    return _USED(frames)[frames.shape[1] :]


def _deviation(frames: Frames) -> NDArray[np.float64]:
    return np.asarray(frames.std(axis=0, dtype=np.float64))


_USED = spectral.describe


def _of(level: Describe, movement: Describe) -> Changed:
    return partial(_described_by, lambda frames: np.concatenate([level(frames), movement(frames)]))


def _described(frames: Frames, standardiser: Standardiser) -> NDArray[np.float64]:
    """The description of one clip, ``(1, 2 * n_mels)``."""
    return spectral.standardised(spectral.describe(frames), standardiser)[None]


class _Other(Spectral):
    """Judges the deviations of a clip in another way."""

    def deviations(self, described: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of descriptions ``(n_clips, 2 * n_mels)``, white in normal sound."""
        own = self.tensors()
        return np.asarray((described - own["mean"]) @ own["whitening"].T)


class _Powers(_Other):
    """The logarithm of the mean of some power of the deviations."""

    power: int

    def score_clip(
        self, frames: Frames, standardiser: Standardiser
    ) -> tuple[float, NDArray[np.float64]]:
        """The score, of which no band is told its part."""
        deviations = self.deviations(_described(frames, standardiser))
        return float(np.log(np.mean(np.abs(deviations) ** self.power))), np.zeros(frames.shape[1])


class _Mixture(_Other):
    """A mixture of Gaussians, diagonal where the one Gaussian is white."""

    n_components: int
    mixture: GaussianMixture | None = None

    def score_clip(
        self, frames: Frames, standardiser: Standardiser
    ) -> tuple[float, NDArray[np.float64]]:
        """The negative log-likelihood of the description, which has no parts."""
        if self.mixture is None:
            return super().score_clip(frames, standardiser)
        deviations = self.deviations(_described(frames, standardiser))
        return -float(self.mixture.score_samples(deviations)[0]), np.zeros(frames.shape[1])

    @classmethod
    def fit(
        cls,
        sound: TrainingSound,
        settings: TrainingSettings,
        progress: Callable[[EpochDone], None],
    ) -> tuple[Self, FitReport]:
        """Fit to the descriptions of the clips at random gains."""
        detector, report = super().fit(sound, settings, progress)
        clips = spectral_training.clips(sound.fitted, sound.features)
        described = np.repeat([spectral.describe(clip) for clip in clips], GAIN_DRAWS, axis=0)
        gains_db = np.random.default_rng(settings.seed).uniform(-1, 1, len(described))
        moved = np.concatenate([1 / sound.std_db, np.zeros(len(sound.std_db))])
        described += settings.gain_range_db * gains_db[:, None] * moved
        detector.mixture = GaussianMixture(
            cls.n_components, covariance_type="diag", reg_covar=0.1, random_state=settings.seed
        ).fit(detector.deviations(described))
        return detector, report


def _instead(base: type[_Other], **attributes: int) -> AbstractContextManager[Any]:
    kind = type(f"{base.__name__}{attributes}", (base,), attributes)
    return mock.patch.object(train, "detector_class", return_value=kind)


def _correlation_by(estimate: Callable[..., Any]) -> AbstractContextManager[Any]:
    """Shrunk towards the identity."""
    return mock.patch.object(
        spectral_training,
        "correlation",
        lambda described: estimate(assume_centered=True).fit(described).covariance_,
    )


def _factors(most: int) -> AbstractContextManager[Any]:
    return mock.patch.object(spectral_training, "FACTORS_MAX", most)


def _spectral(name: str, changed: Changed = nullcontext) -> Alternative:
    return Alternative(name=name, detector="spectral", changed=changed)


ALTERNATIVES: dict[str, tuple[Alternative, ...]] = {
    "readings": (
        Alternative(name="`idnn`, 10 components: the middle frame given the others"),
        Alternative(name="`idnn-joint`: all frames, one after the other", ordering="idnn-joint"),
        Alternative(name="the four others by their marginals, too", changed=_marginals),
        Alternative(name="1 component", components=1),
    ),
    "inputs": (
        Alternative(name="mean and scale of each band"),
        Alternative(name="one scale for all bands", changed=partial(_standardised_by, _one_scale)),
        Alternative(name="one mean, one scale", changed=partial(_standardised_by, _raw)),
    ),
    "floors": (
        Alternative(name="sigma at least exp(-5)"),
        Alternative(name="sigma at least exp(-2)", changed=partial(_sigma_floor, -2.0)),
        Alternative(name="sigma at least exp(-10)", changed=partial(_sigma_floor, -10.0)),
    ),
    "degrees": (
        Alternative(name="`lr`, degrees spread evenly", ordering="lr"),
        Alternative(name="degree 0 as well", ordering="lr", changed=partial(_degrees, _with_zero)),
        Alternative(name="drawn at random", ordering="lr", changed=partial(_degrees, _at_random)),
        Alternative(
            name="as many as a degree sees frames",
            ordering="lr",
            changed=partial(_degrees, _by_what_they_see),
        ),
    ),
    "spectral": (
        _spectral("floor and flutter, 20 factors, fourth powers"),
        _spectral("mean and deviation", _of(partial(_ranked, ratio=1.0), _deviation)),
        _spectral("mean and flutter", _of(partial(_ranked, ratio=1.0), _flutter)),
        _spectral("weighted ranking 0.99 and flutter", _of(partial(_ranked, ratio=0.99), _flutter)),
        _spectral("weighted ranking 0.9 and flutter", _of(partial(_ranked, ratio=0.9), _flutter)),
        _spectral("floor and deviation", _of(_floor, _deviation)),
        _spectral("5 factors", partial(_factors, 5)),
        _spectral("10 factors", partial(_factors, 10)),
        _spectral("40 factors", partial(_factors, 40)),
        _spectral("shrunk by OAS, no factors", partial(_correlation_by, OAS)),
        _spectral("shrunk by Ledoit and Wolf, no factors", partial(_correlation_by, LedoitWolf)),
        _spectral("squares", partial(_instead, _Powers, power=2)),
        _spectral("sixth powers", partial(_instead, _Powers, power=6)),
        _spectral("mixture of 2 Gaussians", partial(_instead, _Mixture, n_components=2)),
        _spectral("mixture of 4 Gaussians", partial(_instead, _Mixture, n_components=4)),
    ),
}  # fmt: skip
"""By what is chosen; the first of each is what is used."""
