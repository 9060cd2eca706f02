"""A calibration as one page that needs nothing but a browser: sentences, figures, pictures."""

import importlib.util
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.certificate import (
    certified_seconds_per_alarm,
    seconds_without_alarm_needed,
)
from asd_monitor.calibrate.durations import count, say_duration
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.report.pictures import (
    halves_picture,
    levels_over_time,
    score_histogram,
    scores_over_time,
    tail_picture,
)
from asd_monitor.calibrate.report.report import sections
from asd_monitor.calibrate.verification import most_per_week, say_rate
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.files import write_atomically

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "report.html"


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure to see at once.

    Attributes:
        label: what it is.
        value: the figure.
        beside: what to know with it.
    """

    label: str
    value: str
    beside: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with what it shows.

    Attributes:
        title: in a few words.
        svg: the element.
        caption: how to read it.
    """

    title: str
    svg: str
    caption: str


def require_report_packages() -> None:
    """Make sure that a page can be written before hours are spent on what it would show.

    Raises:
        ConfigurationError: a package is not installed.
    """
    missing = [name for name in ("jinja2", "matplotlib") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"a report needs {' and '.join(missing)}; "
            "install what it takes with: pip install 'asd-monitor[report]'"
        )


def write_report(calibration: Calibration, normal: NormalSound, path: Path) -> None:
    """Write the page, whole or not at all; its folder is made where it is missing.

    Raises:
        OSError: the folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, report_page(calibration, normal).encode())


def report_page(calibration: Calibration, normal: NormalSound) -> str:
    """The page as HTML.

    Args:
        calibration: to tell about.
        normal: the sound that it was made from.
    """
    recorded = calibration.evidence.recorded
    return _template().render(
        calibration=calibration,
        tiles=_tiles(calibration),
        sections=[section for section in sections(calibration) if section.paragraphs],
        pictures=_pictures(calibration, normal),
        hours=recorded.hours if recorded else (),
        unlike=(*recorded.left_out, *recorded.unlike) if recorded else (),
        left_out=recorded.left_out if recorded else (),
    )


def _tiles(calibration: Calibration) -> tuple[Tile, ...]:
    evidence, normal = calibration.evidence, calibration.normal
    budget = parse_budget(calibration.budget)
    above = (calibration.thresholds.critical - normal.mean) / normal.std
    certified_s = certified_seconds_per_alarm(
        alarms=evidence.alarms, observed_s=evidence.held_out_s
    )
    needed_s = seconds_without_alarm_needed(budget)
    return (
        Tile("asked for", calibration.budget, "false alarms at most"),
        Tile(
            "normal sound",
            say_duration(evidence.held_out_s),
            f"{count(evidence.blocks, 'block')} that training has not seen",
        ),
        Tile(
            "alarm above",
            f"{calibration.thresholds.critical:.3g}",
            f"{above:.1f} standard deviations above normal,"
            f" {'extrapolated' if calibration.extrapolated else 'observed'}",
        ),
        Tile(
            "so much sound proves",
            f"1 in {say_duration(certified_s)}",
            f"at best; {budget.text} takes {say_duration(needed_s)} without an alarm",
        ),
        _verified_tile(calibration),
    )


def _verified_tile(calibration: Calibration) -> Tile:
    verified = calibration.evidence.verified
    if verified is None:
        return Tile("verified", "not yet", "fresh normal sound has not been tried")
    most = say_rate(most_per_week(alarms=verified.alarms, seconds=verified.seconds))
    seen = f"{count(verified.alarms, 'alarm')} in {say_duration(verified.seconds)}, at 95 %"
    return Tile("verified", f"at most {most}/week", seen)


def _pictures(calibration: Calibration, normal: NormalSound) -> tuple[Picture, ...]:
    recorded = calibration.evidence.recorded
    pictures = [
        Picture(
            "Scores and thresholds",
            score_histogram(calibration, normal),
            "Every clip of the normal sound. What lies right of the red line is an alarm once"
            f" {calibration.decision.confirm_m} of {calibration.decision.confirm_n} clips agree.",
        ),
        Picture(
            "The tail",
            tail_picture(calibration, normal),
            "How many times an hour a block of sound scored higher."
            + (
                " The line is the fitted tail; beyond the last dot it is extrapolation."
                if calibration.extrapolated
                else " The threshold is a score that was observed."
            ),
        ),
        Picture(
            "Scores over time",
            scores_over_time(calibration, normal),
            "A slope or a step here will go on after the recordings end.",
        ),
        Picture(
            "Level over time",
            levels_over_time(normal),
            f"Clips were between {calibration.level_dbfs.lowest:.1f} and"
            f" {calibration.level_dbfs.highest:.1f} dBFS loud.",
        ),
    ]
    if recorded is not None and recorded.halves is not None:
        halves = recorded.halves
        pictures.append(
            Picture(
                "First half against second",
                halves_picture(normal),
                f"p = {halves.p_value:.3f}: the halves "
                + ("differ; something changed meanwhile." if halves.differ else "look alike."),
            )
        )
    return tuple(pictures)


def _template() -> "Template":
    from jinja2 import Environment  # noqa: PLC0415 - nothing but a report needs it

    text = (
        resources.files("asd_monitor.calibrate.report")
        .joinpath(TEMPLATE)
        .read_text(encoding="utf-8")
    )
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(text)
