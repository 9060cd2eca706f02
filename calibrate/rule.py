"""The contract of a threshold rule, and how rules are found.

A rule is one file in `asd_monitor.calibrate.rules` with one class that has a ``kind``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate import rules as rules_folder
from asd_monitor.models.errors import ConfigurationError, InsufficientSoundError
from asd_monitor.models.plugins import found_by_kind

MIN_SCORES = 20
"""Below it nothing is fitted: what so few scores say of a tail is chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold and what it rests on.

    Attributes:
        value: scores above it are exceedances.
        rule: kind of the rule that set it.
        extrapolated: no observed score says so; a fitted tail does.
        detail: the rule's own figures by name, at least ``n_scores``.
    """

    value: float
    rule: str
    extrapolated: bool
    detail: Mapping[str, float] = field(default_factory=dict)


class Rule(Protocol):
    """Sets a threshold that normal scores exceed with a given probability.

    The threshold does not depend on the order of the scores, moves by c when c is added to all
    of them, and does not fall as the exceedance gets rarer.

    Attributes:
        kind: the name under which options, calibrations and documentation know it.
    """

    kind: ClassVar[str]

    def fit(self, scores: NDArray[np.float64], *, exceedance: float) -> Threshold:
        """Set the threshold.

        Args:
            scores: of normal sound the detector was not fitted on, exchangeable, finite,
                ``(n_scores,)``.
            exceedance: probability with which a fresh normal score may exceed the threshold,
                above 0 and below 1.

        Raises:
            InsufficientSoundError: there are too few scores for this rule.
        """
        ...

    def examine(self, scores: NDArray[np.float64], *, exceedance: float) -> Mapping[str, float]:
        """Test what `fit` takes for granted, or say how far its threshold can be trusted.

        Takes the arguments of `fit` and up to seconds, where `fit` takes milliseconds.

        Returns:
            Figures for the threshold's ``detail``, the same whenever it is asked; empty where
            nothing is taken for granted.
        """
        ...

    def explain(self, detail: Mapping[str, float]) -> str:
        """Say in a sentence or two what a threshold rests on.

        Args:
            detail: of `fit` and `examine` together.
        """
        ...


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its kind."""
    return MappingProxyType({kind: rule() for kind, rule in found_by_kind(rules_folder).items()})


def find_rule(kind: str) -> Rule:
    """Find a rule by its kind.

    Raises:
        ConfigurationError: there is none; names those there are.
    """
    known = rules()
    if kind not in known:
        raise ConfigurationError(
            f"There is no threshold rule '{kind}'; choose one of {', '.join(sorted(known))}."
        )
    return known[kind]


def scores_needed(exceedance: float) -> int:
    """Scores among which one exceedance is expected: the fewest n with (n + 1) q >= 1."""
    # The tolerance keeps 1 / 0.01 - 1 at 99 whatever the rounding of the quotient.
    return max(1, math.ceil(1 / exceedance - 1 - 1e-9))


def require_scores(kind: str, n: int) -> None:
    """Refuse to fit a distribution to a handful of scores.

    Raises:
        InsufficientSoundError: there are fewer than `MIN_SCORES`.
    """
    if n < MIN_SCORES:
        raise InsufficientSoundError(
            f"The {kind} rule needs at least {MIN_SCORES} blocks of normal sound and has {n};"
            " record more."
        )


def is_extrapolated(scores: NDArray[np.float64], value: float, *, exceedance: float) -> bool:
    """Whether a threshold says more than the scores show.

    It does where it lies above the highest of them, or where no exceedance is expected in as many.
    """
    return len(scores) < scores_needed(exceedance) or value > float(scores.max())


def choose_rule(n: int, exceedance: float) -> tuple[str, str]:
    """Choose the rule that the sound allows: observed scores where they suffice, else a tail.

    Args:
        n: number of scores.
        exceedance: probability with which a normal score may exceed the threshold.

    Returns:
        The kind of the rule, and the reason in words.
    """
    needed = scores_needed(exceedance)
    if n >= needed:
        return "conformal", f"the budget needs {needed:,} blocks and there are {n:,}"
    return "extreme", f"the budget needs {needed:,} blocks and there are only {n:,}"
