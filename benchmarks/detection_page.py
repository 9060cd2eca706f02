"""The page that `benchmarks/detection.py` writes."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from asd_monitor.calibrate.evaluation.measured import FIGURES, Measured, average, difference
from asd_monitor.models.detector import ENSEMBLE

Rows = dict[tuple[str, str], list[Measured]]
"""By detector and noise, one for each seed."""

Poolings = dict[str, dict[str, None]]
"""How the windows of the ensemble were pooled, by noise; each way once, in the order of seeds."""

KINDS = ("group-made", "autoencoder", "interpolation", "gaussian", "spectral")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How it was measured.

    Attributes:
        noises: ``clean``, or levels of the clips above the noise, dB.
        seeds: how many.
        epochs: of each training, at most.
        minutes: that it took.
    """

    noises: Sequence[str]
    seeds: int
    epochs: int
    minutes: float


def page(rows: Rows, poolings: Poolings, run: Run) -> str:
    """The page."""
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("asd-monitor", "torch", "numpy", "scikit-learn")
    )
    command = (
        f"`python -m benchmarks.detection --seeds {run.seeds} --epochs {run.epochs}"
        f" --noise {' '.join(run.noises)}`"
    )
    ways = (" or ".join(f"`{way}`" for way in poolings[noise]) for noise in run.noises)
    lines = [
        "# Detection, measured",
        "",
        f"{command}: {run.minutes:.0f} minutes on {platform.machine()}; {versions}.",
        "",
        "Of both kinds of anomaly of `plant/test` against its normal clips: mean over",
        f"{run.seeds} seeds, and the range where there are several.",
        "",
        *_rows_of("auc", "area under the ROC curve", rows, run.noises),
        f"| pooling of the ensemble | {' | '.join(ways)} |",
        "",
        "By normal sound the pooling of the ensemble's windows was chosen",
        "([detection-choices.md](detection-choices.md)); the others are pooled by the mean.",
        "",
        *_rows_of("partial_auc", "partial area, p = 0.1, standardised", rows, run.noises),
        "",
        "What the ensemble has over each of the others: the difference of the areas, mean over the",
        "seeds, and its 95 % interval over 1,000 resamples of the test clips, the same for both.",
        "",
        "| ensemble less | " + " | ".join(_heading(noise) for noise in run.noises) + " |",
        "| --- |" + " --- |" * len(run.noises),
    ]
    for name in KINDS:
        cells = [_lead(rows[ENSEMBLE, noise], rows[name, noise]) for noise in run.noises]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _rows_of(figure: str, said: str, rows: Rows, noises: Sequence[str]) -> Iterator[str]:
    """A table of one figure, a row for each detector."""
    yield f"| {said} | " + " | ".join(_heading(noise) for noise in noises) + " |"
    yield "| --- |" + " --- |" * len(noises)
    for name in (*KINDS, ENSEMBLE):
        cells = [_cell([value(each, figure) for each in rows[name, noise]]) for noise in noises]
        yield f"| `{name}` | " + " | ".join(cells) + " |"


def _lead(ensemble: list[Measured], other: list[Measured]) -> str:
    lead = difference(average(ensemble), average(other)).estimates()["auc"]
    return f"{lead.value:+.3f} ({lead.low:+.3f} to {lead.high:+.3f})"


def value(measured: Measured, figure: str) -> float:
    """One of its figures, on the files themselves."""
    return float(measured.values[FIGURES.index(figure)])


def _heading(noise: str) -> str:
    return noise if noise == "clean" else f"{noise} dB"


def _cell(values: Sequence[float]) -> str:
    spread = f" ({min(values):.3f}-{max(values):.3f})" if len(values) > 1 else ""
    return f"{np.mean(values):.3f}{spread}"
