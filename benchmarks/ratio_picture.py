"""Realised over promised false alarms as a picture, a panel per kind and amount of sound."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.figure import COLOURS, new_figure, plain, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

Ratios = dict[str, dict[str, list[float | None]]]
"""By rule and amount of sound, one number per budget; None where the rule refuses."""

LOWEST, HIGHEST = 0.02, 3e4
WITHIN = 2.0


def ratio_picture(ratios: Mapping[str, Ratios], *, budgets: Sequence[str]) -> str:
    """Draw the ratios as an SVG document.

    Args:
        ratios: by kind of sound.
        budgets: as the horizontal axis has them.
    """
    kinds = list(ratios)
    amounts = list(next(iter(next(iter(ratios.values())).values())))
    figure = new_figure(10, 2.2 * len(kinds))
    grid = figure.subplots(len(kinds), len(amounts), sharex=True, sharey=True, squeeze=False)
    for row, kind in zip(grid, kinds, strict=True):
        for axes, amount in zip(row, amounts, strict=True):
            axes.axhspan(1 / WITHIN, WITHIN, color="0.92", zorder=0)
            for (rule, by_amount), colour in zip(ratios[kind].items(), COLOURS, strict=False):
                drawn = [np.nan if ratio is None else ratio for ratio in by_amount[amount]]
                _draw(axes, np.clip(drawn, LOWEST, HIGHEST), rule, colour)
            axes.set(yscale="log", ylim=(LOWEST / 2, HIGHEST * 2))
            axes.set_xticks(range(len(budgets)), budgets)
            plain(axes)
            # Ten little marks to each of seven decades and panel would be most of the file.
            axes.minorticks_off()
            axes.label_outer(remove_inner_ticks=True)
        row[0].set_ylabel(kind, fontsize=10)
    for axes, amount in zip(grid[0], amounts, strict=True):
        axes.set_title(f"from {amount}", fontsize=10)
    handles, labels = grid[0][-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    label = "Realised over promised false alarms by kind of sound, amount of sound and rule"
    return svg(figure, label=label, transparent=False)


def _draw(axes: "Axes", ratios: Floats, rule: str, colour: str) -> None:
    """A line over the budgets, and a dot for a budget whose neighbours are missing."""
    is_rule = not rule.startswith("(")
    own = colour if is_rule else "black"
    axes.plot(range(len(ratios)), ratios, label=rule, color=own, linestyle="-" if is_rule else "--")
    missing = np.isnan(np.concatenate([[np.nan], ratios, [np.nan]]))
    alone = np.flatnonzero(~missing[1:-1] & missing[:-2] & missing[2:])
    if len(alone):
        axes.plot(alone, ratios[alone], "o", color=own, markersize=4)
