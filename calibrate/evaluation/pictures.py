"""Pictures of trials on one machine: ROC curves, and histograms of scores with the threshold."""

from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from asd_monitor.calibrate.evaluation.metrics import MAX_FALSE_ALARM_RATE, area, partial_area, roc
from asd_monitor.calibrate.evaluation.trial import Trial
from asd_monitor.calibrate.figure import COLOURS, new_figure, plain, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

N_BINS = 40
NORMAL, ANOMALOUS = COLOURS[0], COLOURS[1]


def roc_picture(trials: Sequence[Trial]) -> bytes:
    """Draw the ROC curves of some detectors on one machine, as a PNG file.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    figure = new_figure(6, 5.6)
    axes = figure.subplots()
    axes.axvspan(0, MAX_FALSE_ALARM_RATE, color="0.94", zorder=0)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, linestyle=":", label="chance")
    for trial, colour in zip(trials, cycle(COLOURS), strict=False):
        _curve(axes, trial, colour)
    axes.set(xlim=(0, 1), ylim=(0, 1.01), aspect="equal")
    axes.set_xlabel(
        f"false-alarm rate (grey: the part that pAUC counts, to {MAX_FALSE_ALARM_RATE})"
    )
    axes.set_ylabel("detection rate")
    axes.set_title(_title(trials[0]), loc="left", fontsize=11)
    axes.legend(loc="lower right", fontsize=9, frameon=False)
    plain(axes)
    return png(figure)


def score_picture(trials: Sequence[Trial]) -> bytes:
    """Draw the scores of normal and anomalous files, one row per detector, as a PNG file.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    figure = new_figure(7.5, 0.8 + 2.1 * len(trials))
    rows = figure.subplots(len(trials), squeeze=False)[:, 0]
    for axes, trial in zip(rows, trials, strict=True):
        _histograms(axes, trial)
    rows[0].set_title(f"{_title(trials[0])}: scores of files", loc="left", fontsize=11)
    rows[-1].set_xlabel("score of a file, higher is worse", fontsize=10)
    return png(figure)


def _curve(axes: "Axes", trial: Trial, colour: str) -> None:
    curve = roc(trial.scores(anomalous=False), trial.scores(anomalous=True))
    if curve is None:
        return
    label = f"{trial.detector}  AUC {area(curve):.3f}, pAUC {partial_area(curve):.3f}"
    axes.plot(curve.false_alarms, curve.detections, color=colour, linewidth=1.8, label=label)


def _histograms(axes: "Axes", trial: Trial) -> None:
    both = np.array([file.score for file in trial.files])
    edges = np.histogram_bin_edges(both, bins=N_BINS)
    for anomalous, colour, name in ((False, NORMAL, "normal"), (True, ANOMALOUS, "anomalous")):
        scores = trial.scores(anomalous=anomalous)
        label = f"{len(scores)} {name}"
        axes.hist(scores, bins=edges.tolist(), color=colour, alpha=0.6, label=label)
    if trial.threshold is not None:
        axes.axvline(trial.threshold, color="black", linewidth=1.2, linestyle="--")
        label = f"threshold {trial.threshold:.3g}"
        axes.plot([], [], color="black", linewidth=1.2, linestyle="--", label=label)
    axes.set_ylabel(f"{trial.detector}\nfiles", fontsize=10)
    axes.legend(fontsize=8, frameon=False)
    axes.locator_params(axis="y", integer=True, nbins=5)
    plain(axes)


def _title(trial: Trial) -> str:
    return f"{trial.kind} {trial.machine_id}"
