"""What listening in real time takes of this computer: daemons of one and of several machines.

A scorer by itself, given one second right after another, finds all that it needs near the
processor. A daemon sleeps between two blocks; what it finds then has to be fetched, and it dates,
remembers and tells what it hears besides. Its work for a second takes several times as long.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import soundfile

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import save_calibration
from asd_monitor.calibrate.normal.collect import collect
from asd_monitor.models.bundle import Bundle, load_bundle, save_bundle
from asd_monitor.models.errors import AsdMonitorError
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.store.store import FILE_NAME, Store
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, normal_sound
from asd_monitor.monitor.vitals import memory, processor

FEW, MANY = 1, 17
NORMAL_S = 600.0
SETTLING_S = 120.0
LOG = "log"
_LOOK_S = 0.25

Daemon: TypeAlias = "subprocess.Popen[bytes]"

_MACHINE = """\
[[machine]]
id = "m{index}"
bundle = "../bundle.safetensors"
calibration = "../calibration.json"
"""
_FILES = """\
source = "files"
paths = ["../sound.wav"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningCost:
    """Of a daemon that has judged its first clips; without broker, sinks and events.

    Attributes:
        daemon_ms: processor time for a second of listening, whatever the number of machines.
        machine_ms: more of it for each machine.
        capture_ms: of the process that records a microphone; None where none was named.
        daemon_mb: resident memory, whatever the number of machines.
        machine_mb: more of it for each machine.
    """

    daemon_ms: float
    machine_ms: float
    capture_ms: float | None
    daemon_mb: float
    machine_mb: float


def listening_cost(bundle: Bundle, *, seconds: float, device: str | None) -> ListeningCost:
    """Let daemons listen side by side, and look at what they take.

    Args:
        bundle: the detector that would listen.
        seconds: how long to look, once all have judged a clip.
        device: a microphone whose recording is to be looked at, too.

    Raises:
        AsdMonitorError: a daemon does not come to judge, or ends.
    """
    with tempfile.TemporaryDirectory(prefix="asd-monitor-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        _prepare(folder, bundle, sound_s=SETTLING_S + seconds)
        sources = {"few": [_FILES] * FEW, "many": [_FILES] * MANY}
        if device is not None:
            sources["recording"] = [f"device = {json.dumps(device)}\n"]
        daemons = {
            name: stack.enter_context(_daemon(folder / name, machines))
            for name, machines in sources.items()
        }
        for name in ("few", "many"):
            _await_clips(daemons[name], folder / name, n_machines=len(sources[name]))
        pids = {name: daemon.pid for name, daemon in daemons.items()}
        if device is not None:
            pids["capture"] = _capture(daemons["recording"], folder / "recording")
        used_ms = _used_ms(pids, daemons["many"], seconds)
        few_mb, many_mb = (memory.resident_mb(daemons[name].pid) for name in ("few", "many"))
    machine_ms = max(0.0, used_ms["many"] - used_ms["few"]) / (MANY - FEW)
    machine_mb = max(0.0, many_mb - few_mb) / (MANY - FEW)
    return ListeningCost(
        daemon_ms=max(0.0, used_ms["few"] - FEW * machine_ms),
        machine_ms=machine_ms,
        capture_ms=used_ms.get("capture"),
        daemon_mb=few_mb - FEW * machine_mb,
        machine_mb=machine_mb,
    )


def _prepare(folder: Path, bundle: Bundle, *, sound_s: float) -> None:
    """A bundle, a calibration that fits it, and something to listen to."""
    save_bundle(bundle, folder / "bundle.safetensors")
    saved = load_bundle(folder / "bundle.safetensors")
    soundfile.write(folder / "normal.wav", normal_sound(NORMAL_S, seed=1), SAMPLE_RATE_HZ)
    normal = collect([folder / "normal.wav"], saved)
    settings = CalibrationSettings(budget=parse_budget("1/h"))
    calibration = calibrate(normal, saved, settings, machine="m0", created_at=utc_now())
    save_calibration(calibration, folder / "calibration.json")
    soundfile.write(folder / "sound.wav", normal_sound(sound_s, seed=2), SAMPLE_RATE_HZ)


@contextmanager
def _daemon(folder: Path, sources: list[str]) -> Iterator[Daemon]:
    """A daemon that listens to so many sources, with all that it keeps in a folder of its own."""
    folder.mkdir()
    configuration = folder / "asd-monitor.toml"
    machines = [_MACHINE.format(index=i) + source for i, source in enumerate(sources)]
    configuration.write_text("\n".join(machines), encoding="utf-8")
    command = (sys.executable, "-m", "asd_monitor.monitor.cli.main", "run")
    options = ("--config", str(configuration), "--data-dir", str(folder))
    with (folder / LOG).open("wb") as log:
        daemon = subprocess.Popen(  # noqa: S603 - our own command line
            [*command, *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield daemon
    finally:
        daemon.terminate()
        daemon.wait()


def _await_clips(daemon: Daemon, folder: Path, *, n_machines: int) -> None:
    begun_s = time.monotonic()
    while not _have_judged(folder / FILE_NAME, n_machines):
        if not _listens_on(daemon, _LOOK_S) or time.monotonic() - begun_s > SETTLING_S:
            raise AsdMonitorError(
                f"the daemon does not come to judge what it hears: {_last_line(folder / LOG)}"
            )


def _capture(daemon: Daemon, folder: Path) -> int:
    """The process that records for a daemon."""
    recording = processor.children(daemon.pid, of="asd_monitor.monitor.capture.child")
    if not recording:
        raise AsdMonitorError(f"the daemon does not record: {_last_line(folder / LOG)}")
    return recording[0]


def _last_line(log: Path) -> str:
    *_, last = log.read_text(encoding="utf-8").splitlines() or ["it says nothing"]
    return last


def _have_judged(path: Path, n_machines: int) -> bool:
    if not path.exists():
        return False
    with Store(path, must_exist=True) as store:
        return all(store.scores.newest(f"m{i}") for i in range(n_machines))


def _listens_on(daemon: Daemon, seconds: float) -> bool:
    """Leave it alone for a while; whether it is still there then."""
    try:
        daemon.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def _used_ms(pids: dict[str, int], daemon: Daemon, seconds: float) -> dict[str, float]:
    """Processor time of processes for a second, the mean over some."""
    before_s, begun_s = _used_s(pids), time.monotonic()
    if not _listens_on(daemon, seconds):
        raise AsdMonitorError("the daemon ended while its cost was measured; try again")
    after_s, elapsed_s = _used_s(pids), time.monotonic() - begun_s
    return {name: 1e3 * (after_s[name] - before_s[name]) / elapsed_s for name in pids}


def _used_s(pids: dict[str, int]) -> dict[str, float]:
    return {name: processor.used_s(pid) for name, pid in pids.items()}
