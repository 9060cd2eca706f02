"""The one way to pictures: matplotlib, imported late, drawn in memory, without global state."""

import io
from html import escape
from typing import TYPE_CHECKING

from asd_monitor.models.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 150
COLOURS = ("#1f5fa8", "#d1495b", "#2e8b57", "#e09f3e", "#6a4c93", "#3f7f8c", "#8c564b", "#7f7f7f")
"""Distinct for most colour-blind people in this order; reused where there are more lines."""


def new_figure(width_in: float, height_in: float) -> "Figure":
    """An empty figure, laid out so that nothing overlaps.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - half a second that listening saves
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"pictures need {error.name}, which is not installed; "
            "install it with: pip install 'asd-monitor[report]'"
        ) from error
    return Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")


def plain(axes: "Axes") -> None:
    """Take away what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def png(figure: "Figure") -> bytes:
    """The figure as a PNG file."""
    data = io.BytesIO()
    figure.savefig(data, format="png")
    return data.getvalue()


def svg(figure: "Figure", *, label: str, transparent: bool = True) -> str:
    """The figure as an SVG element to stand in a page; its letters are letters of the page.

    Args:
        figure: to draw.
        label: what it shows, for who cannot see it.
        transparent: let the page shine through; else white.
    """
    import matplotlib as mpl  # noqa: PLC0415 - see new_figure

    text = io.StringIO()
    # A fixed salt: the same figure gives the same file.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "asd-monitor"}):
        figure.savefig(text, format="svg", metadata={"Date": None}, transparent=transparent)
    element = text.getvalue()[text.getvalue().index("<svg ") :]
    return element.replace("<svg ", f'<svg role="img" aria-label="{escape(label, quote=True)}" ', 1)
