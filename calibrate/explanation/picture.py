"""A recording explained in one picture: log-mel, score over time, and excess by frequency."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.explanation.explanation import Explanation
from asd_monitor.calibrate.figure import COLOURS, new_figure, plain, png
from asd_monitor.calibrate.hertz import say_band
from asd_monitor.models.attribution import BandExcess

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_COLUMNS = 2000
"""Frames drawn at most; of a longer recording, means of neighbours."""

LABEL_BELOW_SHARE = 0.7
"""Of the highest frequency: above it the label of a band stands below it, inside the picture."""

TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16_000)
WRONG, USUAL = COLOURS[1], COLOURS[0]
EXCESS_SHOWN_MIN = 0.5
"""Nats: the axis of the excess is at least this wide, so that nothing is not blown up."""


def explanation_picture(explanation: Explanation) -> bytes:
    """Draw an explanation as a PNG file.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    figure = new_figure(11, 6)
    panels = figure.subplot_mosaic(
        [["sound", "bands"], ["score", "words"]], width_ratios=[4, 1], height_ratios=[1.6, 1]
    )
    _sound(panels["sound"], explanation)
    _excess(panels["bands"], explanation)
    _scores(panels["score"], explanation)
    panels["score"].sharex(panels["sound"])
    panels["sound"].set_xlim(0, explanation.duration_s)
    _words(panels["words"], explanation)
    return png(figure)


def _sound(axes: "Axes", explanation: Explanation) -> None:
    log_mel = _columns(explanation.log_mel)
    n_mels = log_mel.shape[1]
    end_s = len(explanation.log_mel) * explanation.frame_hop_s
    low, high = np.percentile(log_mel, [2, 99.8])
    image = axes.imshow(
        log_mel.T,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=low,
        vmax=high,
        extent=(0, end_s, 0, n_mels),
        interpolation="nearest",
    )
    for band in explanation.bands or ():
        _frame(axes, band, explanation.edges_hz)
    axes.set_ylim(0, n_mels)
    _hertz(axes, explanation.edges_hz)
    axes.set_ylabel("frequency, Hz (mel scale)")
    axes.set_title(explanation.path.name, loc="left", fontsize=11)
    axes.tick_params(labelbottom=False, labelsize=9)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.01, fraction=0.03)
    bar.set_label("log-mel energy, dB", fontsize=9)
    bar.ax.tick_params(labelsize=8)


def _frame(axes: "Axes", band: BandExcess, edges_hz: NDArray[np.float64]) -> None:
    """Frame the place of a band, with room around it so that the sound stays visible."""
    low, high = np.searchsorted(edges_hz, [band.low_hz, band.high_hz])
    times = [band.from_s, band.to_s, band.to_s, band.from_s, band.from_s]
    levels = [low - 1, low - 1, high + 1, high + 1, low - 1]
    axes.plot(times, levels, color="white", linewidth=1.4)
    is_high = band.high_hz > LABEL_BELOW_SHARE * edges_hz[-1]
    axes.annotate(
        say_band(band),
        (band.from_s, low - 1 if is_high else high + 1),
        xytext=(3, -3 if is_high else 3),
        textcoords="offset points",
        va="top" if is_high else "bottom",
        color="white",
        fontsize=9,
    )


def _excess(axes: "Axes", explanation: Explanation) -> None:
    """The excess by mel band, on the frequency axis of the log-mel beside it."""
    axes.set_ylim(0, explanation.log_mel.shape[1])
    _hertz(axes, explanation.edges_hz)
    axes.set_title("excess over normal", loc="left", fontsize=10)
    plain(axes)
    axes.yaxis.tick_right()  # the colour bar is on the left
    axes.tick_params(axis="y", length=0)
    if explanation.excess is None:
        axes.set_axis_off()
        return
    named = np.zeros(len(explanation.excess), dtype=bool)
    for band in explanation.bands or ():
        low, high = np.searchsorted(explanation.edges_hz, [band.low_hz, band.high_hz])
        named[low:high] = True
    colours = np.where(named, WRONG, "0.75").tolist()
    middles = np.arange(len(named)) + 0.5
    axes.barh(middles, explanation.excess, height=1.0, color=colours)
    axes.axvline(0, color="0.4", linewidth=0.8)
    widest = max(EXCESS_SHOWN_MIN, float(explanation.excess.max()))
    axes.set_xlim(min(0.0, float(explanation.excess.min())) * 1.05, widest * 1.05)
    axes.set_xlabel("score, nats per bin", fontsize=9)


def _scores(axes: "Axes", explanation: Explanation) -> None:
    plain(axes)
    axes.set_xlabel("time, s")
    if explanation.is_one_voice:
        beside = axes
        axes.set_ylabel("NLL, nats per bin")
        _windows(axes, explanation)
    else:
        axes.set_ylabel("clip score, std of normal", color=WRONG)
        beside = axes.twinx()
        beside.spines["top"].set_visible(False)
        beside.set_ylabel("NLL, nats per bin", color=USUAL)
        beside.tick_params(labelsize=9)
        _windows(beside, explanation)
        axes.set_zorder(beside.get_zorder() + 1)
        axes.patch.set_visible(False)
    _clips(axes, explanation)
    if explanation.verdict is not None:
        threshold = explanation.verdict.threshold
        label = f"threshold {threshold:.3g}"
        axes.axhline(threshold, color="black", linewidth=1.2, linestyle="--", label=label)
    # The curves of both axes, each once where they are the same.
    curves = dict.fromkeys([*beside.get_lines(), *axes.get_lines()])
    axes.legend(
        handles=list(curves),
        fontsize=8,
        frameon=False,
        ncols=3,
        loc="lower left",
        bbox_to_anchor=(0, 1),
    )


def _windows(axes: "Axes", explanation: Explanation) -> None:
    n = np.arange(len(explanation.window_scores))
    middles_s = n * explanation.frame_hop_s + explanation.window_s / 2
    axes.plot(middles_s, explanation.window_scores, color=USUAL, linewidth=0.8, label="windows")


def _clips(axes: "Axes", explanation: Explanation) -> None:
    """Each clip at its middle; a lone one as a line over what it covers."""
    first = explanation.clips[0].first_sample
    begins_s = [(c.first_sample - first) / explanation.sample_rate_hz for c in explanation.clips]
    scores = [clip.score for clip in explanation.clips]
    if len(scores) == 1:
        times_s, scores = [begins_s[0], begins_s[0] + explanation.clips[0].duration_s], scores * 2
    else:
        times_s = [
            begin_s + clip.duration_s / 2
            for begin_s, clip in zip(begins_s, explanation.clips, strict=True)
        ]
    label = f"clips of {explanation.clips[0].duration_s:g} s"
    axes.plot(times_s, scores, color=WRONG, linewidth=2, label=label)


def _words(axes: "Axes", explanation: Explanation) -> None:
    axes.set_axis_off()
    lines = [_verdict(explanation), ""]
    for band in explanation.bands or ():
        lines += [
            f"{say_band(band)} ({band.share:.0%})",
            f"  {band.from_s:.1f} s to {band.to_s:.1f} s",
        ]
    if explanation.bands == ():
        lines.append("no band stands out")
    axes.text(0, 0.95, "\n".join(lines), va="top", fontsize=9.5, transform=axes.transAxes)


def _verdict(explanation: Explanation) -> str:
    score = "no score" if explanation.score is None else f"score {explanation.score:.3g}"
    return f"{explanation.verdict.severity}, {score}" if explanation.verdict else score


def _columns(log_mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """At most `MAX_COLUMNS` rows of ``(n_frames, n_mels)``, means of equally many frames."""
    n_each = -(-len(log_mel) // MAX_COLUMNS)
    whole = log_mel[: len(log_mel) // n_each * n_each]
    means: NDArray[np.float32] = whole.reshape(-1, n_each, log_mel.shape[1]).mean(axis=1)
    return means


def _hertz(axes: "Axes", edges_hz: NDArray[np.float64]) -> None:
    """Name round frequencies on an axis that counts mel bands."""
    ticks = [hertz for hertz in TICKS_HZ if hertz <= edges_hz[-1]]
    places = np.interp(ticks, edges_hz, np.arange(len(edges_hz)))
    axes.set_yticks(places.tolist(), [f"{hertz:,}" for hertz in ticks])
