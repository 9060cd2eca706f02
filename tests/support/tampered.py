"""A command whose inside is changed for a test: with a scorer that hangs, or one that is slow."""

import os
from collections.abc import Mapping
from pathlib import Path

# Python runs this file of the path before the program.
_NAME = "sitecustomize.py"

_HANGING = """
import os, threading
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.daemon import listener

push = Scorer.push
listener.STALLED_AFTER_S = {stalled_after_s}

def hang(self, block):
    if os.path.exists({switch!r}):
        threading.Event().wait()
    return push(self, block)

Scorer.push = hang
"""


def hanging_scorer(folder: Path, *, switch: Path, stalled_after_s: float) -> Mapping[str, str]:
    """Environment in which scoring never returns once the file ``switch`` is there.

    Args:
        folder: an empty one.
        switch: hangs the scorer as soon as it exists.
        stalled_after_s: after which the program should give its thread up for lost.
    """
    return _with(folder, _HANGING.format(switch=str(switch), stalled_after_s=stalled_after_s))


def _with(folder: Path, script: str) -> Mapping[str, str]:
    folder.mkdir(exist_ok=True)
    (folder / _NAME).write_text(script)
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}
