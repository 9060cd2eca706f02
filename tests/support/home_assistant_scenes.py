"""The scenes of the table in docs/home-assistant.md, as a broker keeps them, and the table."""

import math
import re
from dataclasses import replace
from pathlib import Path

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.messages import State, Topics, state_payload
from tests.support.alarms import NOON, state

PAGE = Path(__file__).parents[2] / "docs" / "home-assistant.md"
TOPICS = Topics("hall")
BROKER_GONE = "broker gone"


def _kept(told: State, *, node: str = "online", machine: str = "online") -> dict[str, str]:
    return {
        TOPICS.availability: node,
        TOPICS.machine_availability("pump"): machine,
        TOPICS.state("pump"): state_payload(told).decode(),
    }


_UNKNOWN = state(severity=Severity.UNKNOWN)
_SILENCE = replace(_UNKNOWN, reason="silence", level_dbfs=-math.inf)
_LOST = replace(
    _UNKNOWN, reason="no_audio", score=None, threshold=None, p_value=None, level_dbfs=None
)
_NORMAL = replace(state(), trend=Trend.STEADY)
_ANOMALY = replace(
    state(severity=Severity.CRITICAL),
    anomaly=True,
    score=2.5,
    p_value=0.002,
    last_anomaly_at=NOON,
    trend=Trend.RISING,
    drift=1.5,
)
SCENES: dict[str, dict[str, str]] = {
    "normal": _kept(_NORMAL),
    "anomaly": _kept(_ANOMALY),
    "silence": _kept(_SILENCE),
    "microphone lost": _kept(_LOST, machine="offline"),
    "node crashed": _kept(_NORMAL, node="offline"),
    BROKER_GONE: {},
}
"""What a broker keeps, by topic."""


def shown_on_the_page() -> dict[str, dict[str, str]]:
    """What the page says is shown of every entity, by scene."""
    lines = PAGE.read_text(encoding="utf-8").partition("## What is shown when")[2].splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    (_, *scenes), _, *rows = cells
    return {
        scene: {row[0].strip("`"): row[column] for row in rows}
        for column, scene in enumerate(scenes, start=1)
    }


def in_words(shown: str) -> str:
    """A state as the page says it."""
    if re.fullmatch(r"-?[\d.]+", shown):
        return "a number"
    is_time = re.fullmatch(r"[\d-]+T[\d:.]+(Z|\+00:00)", shown)
    return "a time" if is_time else shown
