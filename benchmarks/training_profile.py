"""Where the time of a step of training goes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pkgutil import resolve_name
from unittest.mock import patch

import numpy as np

from asd_monitor.models.training.loop import FittingLoop
from benchmarks.stopwatch import Stopwatch

_TRAINING = "asd_monitor.models.training"
_PARTS = {
    "windows gathered": f"{_TRAINING}.loop.WindowSet.windows",
    "random gains": f"{_TRAINING}.loop.with_random_gain",
    "inputs, targets and parameters handed over": f"{_TRAINING}.network.GroupMadeNetwork"
    ".differentiate",
    "hidden layers": f"{_TRAINING}.mean_score._hidden",
    "their gradient": f"{_TRAINING}.mean_score._descend",
    "last layer and its gradient": f"{_TRAINING}.mean_score._output",
    "mixtures and their gradient": f"{_TRAINING}.mean_score.replace_by_gradient",
    "length of the gradient": f"{_TRAINING}.flat_parameters.FlatParameters.limit_gradient",
    "Adam": "torch.optim.Adam.step",
    "the rest": f"{_TRAINING}.loop.FittingLoop._step",
}
"""By name, the functions that a step consists of; the last is the step itself."""


def step_parts(fitting: FittingLoop) -> Iterator[tuple[str, float]]:
    """Fit, and tell the microseconds of each part of a step: they add up to the step.

    They are means over the faster half of all steps: the other half measures the neighbours.
    """
    stopwatch = Stopwatch()
    with ExitStack() as patched:
        for part, function in _PARTS.items():
            patched.enter_context(patch(function, stopwatch.timed(part, resolve_name(function))))
        fitting.run(lambda _done: None)
    *_, step = _PARTS
    steps = [parts for parts in stopwatch.rounds if step in parts]
    steps.sort(key=lambda parts: sum(parts.values()))
    for part in _PARTS:
        yield part, 1e6 * float(np.mean([parts[part] for parts in steps[: len(steps) // 2]]))
