"""Where a bundle comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a recording that training has seen.

    Attributes:
        sha256: of the file's bytes.
        name: file name, for people.
        first_sample: at the file's own rate.
        n_samples: at the file's own rate.
        role: ``fitted`` (weights) or ``stopping`` (chose the epoch; so not fresh either).
        sound: `asd_monitor.models.same_sound.sound_sha256` of the file, by which a converted copy
            of it is known again; None of a damaged file, and in files of older versions.
    """

    sha256: str
    name: str
    first_sample: int
    n_samples: int
    role: str
    sound: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a detector was trained on, with what, and how well it went.

    Attributes:
        created_at: RFC 3339 UTC.
        seed: of training.
        versions: of asd-monitor, Python, numpy and what trains.
        fitted_s: seconds of sound the weights were fitted on.
        stopping_s: seconds of sound that chose the epoch.
        nll_fitted: mean score on fitted sound, nats per scored bin.
        nll_held_out: mean score on the sound that chose the epoch.
        epochs: epochs until the best weights.
        stretches: every stretch training has seen.
        siblings: fingerprints of the bundles that were trained alike, each without one block of
            that sound, so that they can score it for a calibration
            (`asd_monitor.models.siblings`).
    """

    created_at: str
    seed: int
    versions: dict[str, str]
    fitted_s: float
    stopping_s: float
    nll_fitted: float
    nll_held_out: float
    epochs: int
    stretches: tuple[Stretch, ...]
    siblings: tuple[str, ...] = ()
