"""The thread that keeps a microphone open, whatever happens to it, and fills the ring."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import msgspec

from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.back_off import DEFAULT_BACK_OFF, BackOff
from asd_monitor.monitor.capture.device import MicrophoneSpec
from asd_monitor.monitor.capture.devices import CHILD_COMMAND
from asd_monitor.monitor.capture.process import CaptureProcess
from asd_monitor.monitor.capture.protocol import Failed, Message, Moved, Opened, Sound
from asd_monitor.monitor.capture.rate_meter import MEASURED_OVER_S, RateMeter
from asd_monitor.monitor.capture.ring import RingBuffer
from asd_monitor.monitor.source import CaptureState, CaptureStatus

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTiming:
    """When to give up on a child and how soon to try the next.

    Opening plus the longest pause plus the start of a child stay under the 10 s within which
    listening resumes.

    Attributes:
        opening_s: longest wait for the first sound of a child.
        silence_s: longest wait for more sound.
        healthy_s: sound for this long makes the next pause the first again.
        rate_s: stretch over which the sample rate is measured.
        back_off: pauses between two attempts.
    """

    opening_s: float = 5.0
    silence_s: float = 3.0
    healthy_s: float = 30.0
    rate_s: float = MEASURED_OVER_S
    back_off: BackOff = DEFAULT_BACK_OFF


DEFAULT_TIMING = CaptureTiming()


class WrongDeviceError(DeviceError):
    """Another microphone is recorded than the one that was asked for."""


class CaptureThread:
    """Fills a ring from a microphone until stopped. Losing the device is never final.

    Threads: `start` and `stop` belong to the owner; `status` may be read from any thread.

    Args:
        spec: what to open.
        ring: takes the sound; must have the spec's sample rate.
        timing: when to give up and try again.
        command: the child to run instead of the real one.
        open_child: starts a child of another kind instead.
    """

    def __init__(
        self,
        spec: MicrophoneSpec,
        ring: RingBuffer,
        *,
        timing: CaptureTiming = DEFAULT_TIMING,
        command: Sequence[str] | None = None,
        open_child: Callable[[], CaptureProcess] | None = None,
    ) -> None:
        self._spec = spec
        self._ring = ring
        self._timing = timing
        self._open_child = open_child or partial(
            CaptureProcess, command or child_command(spec), child_environment(spec)
        )
        self._status = CaptureStatus(state=CaptureState.STARTING, name=spec.device)
        self._heard_since_s: float | None = None
        self._rate = RateMeter(over_s=timing.rate_s)
        self._was_rate_off = False
        self._stopping = threading.Event()
        self._child: CaptureProcess | None = None
        self._child_lock = threading.Lock()
        self._thread = threading.Thread(
            target=self._run, name=f"capture {spec.device}", daemon=True
        )

    @property
    def status(self) -> CaptureStatus:
        """How the microphone is doing now."""
        rate_hz, dropped_samples = self._spec.sample_rate_hz, self._ring.dropped_samples
        return replace(
            self._status,
            dropped_samples=dropped_samples,
            dropped_s=dropped_samples / rate_hz,
            behind_s=self._ring.waiting_samples / rate_hz,
            measured_rate_hz=self._rate.measured_hz,
        )

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End the child and the thread, and close the ring; returns when both have ended."""
        with self._child_lock:
            self._stopping.set()
            if self._child is not None:
                self._child.kill()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        try:
            while not self._stopping.is_set():
                self._try_to_listen()
                failures = 1 if self._was_healthy() else failures + 1
                if not self._stopping.wait(self._timing.back_off.pause_s(failures)):
                    self._status = replace(self._status, restarts=self._status.restarts + 1)
        finally:
            # Whoever reads must not take our end for a quiet microphone.
            self._ring.close()

    def _try_to_listen(self) -> None:
        self._heard_since_s = None
        try:
            self._listen()
        except DeviceError as error:
            self._lose(error)

    def _listen(self) -> None:
        """Run one child until it fails, which is the only way it ends.

        Raises:
            DeviceError: why it ended.
        """
        with self._child_lock:
            if self._stopping.is_set():
                return
            self._child = self._open_child()
        with self._child as child:
            while True:
                for message in child.receive(timeout_s=self._patience_s()):
                    self._take(message)

    def _patience_s(self) -> float:
        opening = self._heard_since_s is None
        return self._timing.opening_s if opening else self._timing.silence_s

    def _take(self, message: Message) -> None:
        match message:
            case Opened(sample_rate_hz):
                _check_rate(sample_rate_hz, self._spec)
            case Sound():
                self._hear(message)
            case Failed(reason):
                raise DeviceError(reason)
            case Moved(source):
                raise _wrong_device(source, self._spec)

    def _hear(self, sound: Sound) -> None:
        now_s = time.monotonic()
        begun_s = now_s - len(sound.samples) / self._spec.sample_rate_hz
        away_samples = self._away_samples(begun_s)
        gap_samples = away_samples + sound.lost_samples
        self._ring.write(
            sound.samples,
            captured_at=datetime.fromtimestamp(sound.captured_at_ns / 1e9, UTC),
            gap_samples=gap_samples,
        )
        if self._heard_since_s is None:
            self._heard_since_s = begun_s
            logger.info("hearing %s", self._spec.device)
        self._measure_rate(len(sound.samples), is_gap=gap_samples > 0, now_s=now_s)
        status = self._status
        self._status = replace(
            status,
            state=CaptureState.HEALTHY,
            wrong_device=False,
            last_audio_s=now_s,
            overruns=status.overruns + (sound.lost_samples > 0),
            gaps=status.gaps + (gap_samples > 0),
        )

    def _measure_rate(self, n_samples: int, *, is_gap: bool, now_s: float) -> None:
        if is_gap:
            self._rate.interrupt()
        self._rate.push(n_samples, now_s=now_s)
        is_off = self._rate.is_off(self._spec.sample_rate_hz)
        if is_off and not self._was_rate_off:
            logger.warning(
                "%s delivers %.0f samples a second though it claims %d; its sound is judged at "
                "the wrong pitch, so check its driver or name the rate it has",
                self._spec.device,
                self._rate.measured_hz,
                self._spec.sample_rate_hz,
            )
        self._was_rate_off = is_off

    def _away_samples(self, begun_s: float) -> int:
        """Samples lost between the last child's last sound and this child's first."""
        if self._heard_since_s is not None or self._status.last_audio_s is None:
            return 0
        return max(1, round((begun_s - self._status.last_audio_s) * self._spec.sample_rate_hz))

    def _lose(self, error: DeviceError) -> None:
        if self._stopping.is_set():
            return
        if str(error) != self._status.last_error:
            logger.warning("lost %s: %s", self._spec.device, error)
        self._status = replace(
            self._status,
            state=CaptureState.LOST,
            last_error=str(error),
            wrong_device=self._status.wrong_device or isinstance(error, WrongDeviceError),
        )

    def _was_healthy(self) -> bool:
        since_s, last_s = self._heard_since_s, self._status.last_audio_s
        return (
            since_s is not None
            and last_s is not None
            and (last_s - since_s >= self._timing.healthy_s)
        )


def child_command(spec: MicrophoneSpec) -> list[str]:
    """The command line of the capture child."""
    return [*CHILD_COMMAND, "--device-json", msgspec.json.encode(spec).decode()]


def child_environment(spec: MicrophoneSpec) -> Mapping[str, str]:
    """Our environment, in which PulseAudio's library finds the source to record."""
    source = spec.pulse_source
    return os.environ | ({"PULSE_SOURCE": source} if source else {})


def check_opens(spec: MicrophoneSpec, *, timing: CaptureTiming = DEFAULT_TIMING) -> None:
    """Open a microphone, wait for its first sound, and close it again.

    Raises:
        DeviceError: it cannot be opened or sends nothing.
    """
    with CaptureProcess(child_command(spec), child_environment(spec)) as child:
        while True:
            for message in child.receive(timeout_s=timing.opening_s):
                match message:
                    case Opened(sample_rate_hz):
                        _check_rate(sample_rate_hz, spec)
                    case Sound():
                        return
                    case Failed(reason):
                        raise DeviceError(reason)
                    case Moved(source):
                        raise _wrong_device(source, spec)


def _wrong_device(source: str, spec: MicrophoneSpec) -> WrongDeviceError:
    return WrongDeviceError(
        f"the sound server records from {source} instead of {spec.pulse_source}; "
        "plug the microphone in again, or name another one"
    )


def _check_rate(sample_rate_hz: int, spec: MicrophoneSpec) -> None:
    if sample_rate_hz != spec.sample_rate_hz:
        raise DeviceError(
            f"{spec.device} runs at {sample_rate_hz} Hz though {spec.sample_rate_hz} Hz was asked; "
            "name the rate it has"
        )
