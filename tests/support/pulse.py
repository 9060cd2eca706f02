"""A private PulseAudio with null sinks: a sound card that needs no hardware.

What is played into a sink can be recorded from its monitor, ``pulse:<sink>.monitor``.
"""

import ctypes.util
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

READY_S = 10.0


def what_is_missing() -> str | None:
    """Why no null-sink server can be had here; None where it can."""
    for program in ("pulseaudio", "pactl", "pacat"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if ctypes.util.find_library("portaudio") is None:
        return "libportaudio2 is not installed"
    if not any(Path("/usr/lib").rglob("libasound_module_pcm_pulse.so")):
        return "libasound2-plugins is not installed"
    return None


class NullSinkServer:
    """Runs a sound server of its own while its context is entered.

    Args:
        folder: a short path for sockets and home; an empty folder of the test's own.
        sinks: names of the null sinks.
        sample_rate_hz: rate of the sinks.
        channels: channels of the sinks.

    Attributes:
        environment: for children, on top of the test's own; names this server and no other.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sinks: Sequence[str] = ("machine",),
        sample_rate_hz: int = 48_000,
        channels: int = 1,
    ) -> None:
        self._folder = folder
        self._sinks = sinks
        self._sample_rate_hz = sample_rate_hz
        self._channels = channels
        self._server: subprocess.Popen[bytes] | None = None
        runtime = folder / "run"
        self.environment: Mapping[str, str] = {
            "XDG_RUNTIME_DIR": str(runtime),
            "HOME": str(folder),
            "PULSE_SERVER": f"unix:{runtime}/native",
            "PULSE_COOKIE": str(folder / "cookie"),
        }

    @staticmethod
    def device(sink: str = "machine") -> str:
        """The name to give to ``--device`` to hear what is played into a sink."""
        return f"pulse:{sink}.monitor"

    def __enter__(self) -> Self:
        runtime = Path(self.environment["XDG_RUNTIME_DIR"])
        runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self._folder / "pulseaudio.log").open("ab") as log:
            self._server = subprocess.Popen(
                [*self._command()], env=self._full_environment(), stdout=log, stderr=log
            )
        deadline_s = time.monotonic() + READY_S
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > deadline_s:
                log_text = (self._folder / "pulseaudio.log").read_text()
                raise RuntimeError(f"PulseAudio does not start: {log_text}")
            threading.Event().wait(0.05)

    def plug_in(self, sink: str) -> None:
        """Load another null sink; its monitor can be recorded from then on."""
        self._ask("load-module", *self._null_sink(sink).split())

    def unplug(self, sink: str) -> None:
        """Unload a null sink; who records its monitor is moved to another source."""
        for line in self._ask("list", "short", "modules").splitlines():
            number, _, arguments, *_ = [*line.split("\t"), "", ""]
            if f"sink_name={sink} " in f"{arguments} ":
                self._ask("unload-module", number)

    def stop(self) -> None:
        """End the server; whoever records from it loses the device."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    def unload(self, sink: str = "machine") -> str:
        """Take a sink away, as a card that is unplugged; what `load` needs to bring it back."""
        listed = self._pactl("list", "short", "modules")
        number, name, arguments, *_ = next(
            line.split("\t") for line in listed.splitlines() if f"sink_name={sink} " in line
        )
        self._pactl("unload-module", number)
        return f"{name} {arguments}"

    def load(self, module: str) -> None:
        """Load a module."""
        self._pactl("load-module", *module.split())

    def _pactl(self, *words: str) -> str:
        told = subprocess.run(
            ["pactl", *words],
            env=self._full_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A time in which the server lives but answers nobody."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def play(
        self, samples: NDArray[np.float32], *, sample_rate_hz: int, sink: str = "machine"
    ) -> None:
        """Play one channel into a sink; returns when all of it has been heard."""
        player = self.start_playing(samples, sample_rate_hz=sample_rate_hz, sink=sink)
        if player.wait() != 0:
            raise RuntimeError(f"pacat failed with exit code {player.returncode}")

    def start_playing(
        self, samples: NDArray[np.float32], *, sample_rate_hz: int, sink: str = "machine"
    ) -> subprocess.Popen[bytes]:
        """Begin to play one channel into a sink; the player ends when all has been heard."""
        raw = self._folder / f"playing-{time.monotonic_ns()}.f32"
        raw.write_bytes(samples.astype("<f4").tobytes())
        return subprocess.Popen(
            [
                "pacat",
                "--playback",
                f"--device={sink}",
                "--raw",
                "--format=float32le",
                f"--rate={sample_rate_hz}",
                "--channels=1",
                "--latency-msec=100",
                str(raw),
            ],
            env=self._full_environment(),
        )

    def _command(self) -> list[str]:
        sinks = map(self._null_sink, self._sinks)
        runtime = self.environment["XDG_RUNTIME_DIR"]
        modules = [
            f"module-native-protocol-unix socket={runtime}/native auth-anonymous=1",
            *sinks,
        ]
        return [
            "pulseaudio",
            "-n",
            "--daemonize=no",
            "--use-pid-file=no",
            "--exit-idle-time=-1",
            "--disallow-exit",
            "--realtime=no",
            "--high-priority=no",
            *(f"--load={module}" for module in modules),
        ]

    def _null_sink(self, sink: str) -> str:
        return (
            f"module-null-sink sink_name={sink} rate={self._sample_rate_hz} "
            f"channels={self._channels} format=float32le"
        )

    def _ask(self, *arguments: str) -> str:
        return subprocess.run(
            ["pactl", *arguments],
            env=self._full_environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def _answers(self) -> bool:
        command = ["pactl", "list", "short", "sources"]
        answer = subprocess.run(
            command, env=self._full_environment(), capture_output=True, text=True, check=False
        )
        return answer.returncode == 0 and all(
            f"{sink}.monitor" in answer.stdout for sink in self._sinks
        )

    def _full_environment(self) -> dict[str, str]:
        return dict(os.environ) | dict(self.environment)
