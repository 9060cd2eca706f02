"""The pictures of a calibration: scores and thresholds, the tail, both over time, the halves.

All of one width that suits a telephone; a page puts them side by side where there is room.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.durations import SECONDS
from asd_monitor.calibrate.figure import COLOURS, new_figure, plain, svg
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.normal.survey import apart, in_order_of_time
from asd_monitor.calibrate.tail import tail_survival
from asd_monitor.calibrate.thresholds import block_maxima
from asd_monitor.models.scores import ClipScore

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_IN, HEIGHT_IN = 4.6, 2.9
MAX_POINTS = 1500
"""Drawn over time at most; of more clips, the highest of each group of neighbours."""

LEVEL_SHOWN_MIN_DB = 6.0

NORMAL, CRITICAL, WARNING, FITTED = COLOURS[0], COLOURS[1], COLOURS[3], COLOURS[4]
_FONT_SIZE = 10


def score_histogram(calibration: Calibration, normal: NormalSound) -> str:
    """The scores of all clips with both thresholds."""
    figure, axes = _figure()
    scores = np.array([clip.score for clip in normal.clips])
    axes.hist(scores, bins=min(60, max(10, round(2 * len(scores) ** 0.5))), color=NORMAL, alpha=0.8)
    _threshold_lines(axes, calibration, vertical=True)
    axes.set_xlabel("clip score, higher is stranger", fontsize=_FONT_SIZE)
    axes.set_ylabel("clips", fontsize=_FONT_SIZE)
    axes.locator_params(axis="y", integer=True, nbins=5)
    _legend(axes)
    return svg(figure, label="Histogram of the clip scores with the thresholds")


def tail_picture(calibration: Calibration, normal: NormalSound) -> str:
    """How often blocks exceed a score, what the rule makes of it, and what was asked for."""
    figure, axes = _figure()
    blocks = block_maxima(
        normal.sessions,
        seconds=normal.seconds,
        clip_s=normal.clip_s,
        hop_s=normal.hop_s,
        settings=calibration.decision,
    )
    ranked = np.sort(blocks.maxima[np.isfinite(blocks.maxima)])[::-1]
    per_hour = SECONDS["h"] / blocks.block_s
    observed = np.arange(1, len(ranked) + 1) / (len(ranked) + 1) * per_hour
    axes.semilogy(ranked, observed, "o", color=NORMAL, markersize=3.5, label="observed")
    _fitted_tail(axes, calibration, n_blocks=len(ranked), per_hour=per_hour)
    axes.axvline(calibration.thresholds.critical, color=CRITICAL, linewidth=1.4, linestyle="--")
    axes.annotate(
        f" {calibration.budget}",
        (calibration.thresholds.critical, float(observed[-1])),
        color=CRITICAL,
        fontsize=_FONT_SIZE,
        ha="right",
        rotation=90,
        va="top",
    )
    axes.set_xlabel("score", fontsize=_FONT_SIZE)
    axes.set_ylabel("times an hour above it", fontsize=_FONT_SIZE)
    _legend(axes)
    return svg(figure, label="How often a score is exceeded, and the tail that was fitted")


def scores_over_time(calibration: Calibration, normal: NormalSound) -> str:
    """Clip scores in the order of time, session after session."""
    figure, axes = _figure()
    _over_time(axes, normal, [clip.score for clip in _ordered(normal)])
    _threshold_lines(axes, calibration, vertical=False)
    axes.set_ylabel("clip score", fontsize=_FONT_SIZE)
    _legend(axes)
    return svg(figure, label="Clip scores over time")


def levels_over_time(normal: NormalSound) -> str:
    """Levels of the clips in the same order."""
    figure, axes = _figure()
    _over_time(axes, normal, [clip.level_dbfs for clip in _ordered(normal)])
    low, high = axes.get_ylim()
    # What differs by a fraction of a decibel is not to look like a jump.
    room = max(0.0, LEVEL_SHOWN_MIN_DB - (high - low)) / 2
    axes.set_ylim(low - room, high + room)
    axes.set_ylabel("level, dBFS", fontsize=_FONT_SIZE)
    return svg(figure, label="Level over time")


def halves_picture(normal: NormalSound) -> str:
    """The scores of the first half and of the second."""
    figure, axes = _figure()
    scores = np.array([clip.score for clip in apart(normal)])
    half = len(scores) // 2
    edges = np.histogram_bin_edges(scores, bins=min(30, max(8, round(len(scores) ** 0.5 * 1.5))))
    for part, colour, name in (
        (scores[:half], NORMAL, "first half"),
        (scores[-half:], WARNING, "second half"),
    ):
        axes.hist(part, bins=edges.tolist(), color=colour, alpha=0.25)
        axes.hist(part, bins=edges.tolist(), color=colour, histtype="step", linewidth=1.6)
        axes.axvline(float(part.mean()), color=colour, linewidth=1.6, linestyle=":")
        axes.plot([], [], color=colour, linewidth=1.6, label=name)
    axes.set_xlabel("clip score (dotted: mean)", fontsize=_FONT_SIZE)
    axes.set_ylabel("clips", fontsize=_FONT_SIZE)
    axes.locator_params(axis="y", integer=True, nbins=5)
    _legend(axes)
    return svg(figure, label="Scores of the first and of the second half")


def _figure() -> "tuple[Figure, Axes]":
    figure = new_figure(WIDTH_IN, HEIGHT_IN)
    axes = figure.subplots()
    plain(axes)
    return figure, axes


def _legend(axes: "Axes") -> None:
    axes.legend(
        fontsize=9, frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(-0.02, 0.99),
        handlelength=1.4, columnspacing=1.2,
    )  # fmt: skip


def _threshold_lines(axes: "Axes", calibration: Calibration, *, vertical: bool) -> None:
    line = axes.axvline if vertical else axes.axhline
    thresholds = calibration.thresholds
    line(thresholds.critical, color=CRITICAL, linewidth=1.6, linestyle="--",
         label=f"alarm {thresholds.critical:.3g}")  # fmt: skip
    if thresholds.warning < thresholds.critical:
        line(thresholds.warning, color=WARNING, linewidth=1.6, linestyle="--",
             label=f"warning {thresholds.warning:.3g}")  # fmt: skip


def _fitted_tail(axes: "Axes", calibration: Calibration, *, n_blocks: int, per_hour: float) -> None:
    detail = calibration.rule_detail
    if "shape" not in detail:
        return
    end = max(calibration.thresholds.critical, detail["highest"])
    scores = np.linspace(detail["level"], end + 0.05 * (end - detail["level"]), 100)
    survival = tail_survival(scores - detail["level"], detail["shape"], detail["scale"])
    share = detail["n_peaks"] / n_blocks
    axes.semilogy(scores, survival * share * per_hour, color=FITTED, label="fitted tail")


def _ordered(normal: NormalSound) -> list[ClipScore]:
    return [clip for session in in_order_of_time(normal) for clip in session]


def _over_time(axes: "Axes", normal: NormalSound, values: Sequence[float]) -> None:
    """Values clip by clip, with a line where another session begins if these are few."""
    hours, unit = _positions(normal)
    heights = np.array(values)
    size = -(-len(heights) // MAX_POINTS)
    starts = np.arange(0, len(heights), size)
    axes.plot(
        hours[starts], np.maximum.reduceat(heights, starts), ".", color=NORMAL, markersize=3.5
    )
    ends = np.cumsum([len(session) for session in in_order_of_time(normal)])[:-1]
    if 0 < len(ends) <= 40:  # noqa: PLR2004 - more lines than that would hide the scores
        for end in ends:
            axes.axvline(hours[end], color="0.85", linewidth=0.8, zorder=0)
    axes.set_xlabel(f"{unit} of sound, in the order of time", fontsize=_FONT_SIZE)


def _positions(normal: NormalSound) -> tuple[NDArray[np.float64], str]:
    """Where each clip ends in all of the sound put end to end, and the unit."""
    ends: list[float] = []
    begun_s = 0.0
    for session in in_order_of_time(normal):
        first = session[0].first_sample
        for clip in session:
            offset_s = (clip.first_sample - first) / normal.sample_rate_hz
            ends.append(begun_s + offset_s + clip.duration_s)
        begun_s = ends[-1]
    unit, name = ("h", "hours") if begun_s > 2 * SECONDS["h"] else ("min", "minutes")
    return np.array(ends) / SECONDS[unit], name
