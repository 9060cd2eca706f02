"""Listening to one machine: the body of its thread, and whether that thread still gets anywhere."""

import queue
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field

from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.machine import MachineMonitor
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.source import Source

# A store held by another program blocks for 5 s, a slow computer for some more.
STALLED_AFTER_S = 20.0


@dataclass(slots=True)
class Listener:
    """A machine, wired: where its sound comes from and who judges it.

    Attributes:
        source: yields its sound.
        monitor: judges it.
        machine: its id.
        progress_s: when its thread last judged a block, or saw that there was none, on the
            monotonic clock.
    """

    source: Source
    monitor: MachineMonitor
    machine: str
    progress_s: float = field(default_factory=time.monotonic)
    _models: "queue.SimpleQueue[tuple[Pipeline, Identity]]" = field(
        default_factory=queue.SimpleQueue
    )

    def judge_with(self, pipeline: Pipeline, identity: Identity) -> None:
        """Have the sound judged otherwise from the next block on; may be called by any thread."""
        self._models.put((pipeline, identity))

    def take_models(self, *, now_s: float) -> None:
        """Pass on what `judge_with` has left; called by the thread that listens."""
        while not self._models.empty():
            pipeline, identity = self._models.get()
            self.monitor.judge_with(pipeline, identity, now_s=now_s)

    def is_stalled(self, *, now_s: float) -> bool:
        """Whether its thread hangs: with or without sound, it should have moved on by now."""
        return now_s - self.progress_s > STALLED_AFTER_S


def listen(listener: Listener, stop: threading.Event) -> None:
    """Read a machine's source to its end, or until told to stop; the body of its thread."""
    source, monitor = listener.source, listener.monitor
    with closing(source.blocks(stop)) as blocks:
        for block in blocks:
            now_s = time.monotonic()
            listener.take_models(now_s=now_s)
            if block is not None:
                monitor.hear(block, now_s=now_s)
            monitor.tick(source.status, now_s=now_s)
            listener.progress_s = time.monotonic()
    leave = monitor.stop if stop.is_set() else monitor.finish
    leave(source.status, now_s=time.monotonic())
