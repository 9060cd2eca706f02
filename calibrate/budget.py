"""How many false alarms are accepted in which time."""

import math
import re
from dataclasses import dataclass

from asd_monitor.calibrate.durations import SECONDS
from asd_monitor.models.errors import ConfigurationError

_ALIASES = {
    "sec": "s",
    "minute": "min",
    "hour": "h",
    "d": "day",
    "w": "week",
    "wk": "week",
    "y": "year",
}
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_BUDGET = re.compile(
    rf"\s*(?P<alarms>{_NUMBER})\s*/\s*(?P<count>{_NUMBER})?\s*(?P<unit>[a-z]+?)s?\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """A false-alarm budget: `alarms` in every `per_s` seconds.

    Attributes:
        alarms: accepted false alarms, positive.
        per_s: the time they are accepted in, seconds, positive.
        text: as its user wrote it.
    """

    alarms: float
    per_s: float
    text: str

    @property
    def rate_per_s(self) -> float:
        """Accepted false alarms per second."""
        return self.alarms / self.per_s


def parse_budget(text: str) -> Budget:
    """Read a budget such as ``1/week``, ``2/day``, ``0.5/h``, ``1/10min`` or ``1/month``.

    Raises:
        ConfigurationError: the text is no budget; names three that are.
    """
    match = _BUDGET.fullmatch(text)
    if match is None:
        raise _not_a_budget(text)
    unit = match["unit"].lower()
    unit_s = SECONDS.get(_ALIASES.get(unit, unit))
    alarms, count = float(match["alarms"]), float(match["count"] or 1)
    if unit_s is None or alarms <= 0 or count <= 0 or not math.isfinite(alarms / (count * unit_s)):
        raise _not_a_budget(text)
    return Budget(alarms=alarms, per_s=count * unit_s, text=text.strip())


def _not_a_budget(text: str) -> ConfigurationError:
    return ConfigurationError(
        f"'{text}' is not a false-alarm budget; write a positive number of alarms per time,"
        " such as 1/week, 2/day or 0.5/h."
    )
