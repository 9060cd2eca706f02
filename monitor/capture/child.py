"""The process that owns one PortAudio device and writes its samples to a pipe.

PortAudio may hang beyond recall when a sound server stops, and refreshing its list of devices
kills every stream of its process. In a process of its own it can be killed and begun afresh.

``python -m asd_monitor.monitor.capture.child --list`` prints the devices as JSON;
``--device-json SPEC`` records until standard input closes, which it does when the parent dies.
"""

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.channels import to_mono
from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture import pulse
from asd_monitor.monitor.capture.card_port import port_of
from asd_monitor.monitor.capture.device import Device, MicrophoneSpec, find_again
from asd_monitor.monitor.capture.protocol import Failed, Message, Moved, Opened, Sound, pack
from asd_monitor.monitor.capture.sound_gate import SoundGate

# Each wakes two processes. A clip ends on a whole second of sound, and so does a block, but where
# sound is resampled a clip waits for the next.
BLOCKS_PER_S = 2
# Room in the sound system's own buffer for times when this process does not run. It wakes us, and
# its own thread in our process, several times for each buffer.
LATENCY_S = 0.5


class InputStream(Protocol):
    """What is used of `sounddevice.RawInputStream`."""

    @property
    def read_available(self) -> int:
        """Frames that can be read without waiting."""
        ...

    def read(self, frames: int) -> tuple[bytes, bool]:
        """Wait for frames; say whether some were lost before them."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="capture_child", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true")
    what.add_argument(
        "--device-json", type=lambda text: msgspec.json.decode(text, type=MicrophoneSpec)
    )
    options = parser.parse_args(arguments)
    pipe = _claim_stdout()
    return _list(pipe) if options.list else _record(options.device_json, pipe)


def _claim_stdout() -> BinaryIO:
    """Keep standard output for ourselves; what C libraries print to it goes to standard error."""
    ours = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(ours, "wb", buffering=0)


def _list(pipe: BinaryIO) -> int:
    try:
        pipe.write(msgspec.json.encode(portaudio_devices()))
    except DeviceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _record(spec: MicrophoneSpec, pipe: BinaryIO) -> int:
    # Ctrl-C and a service manager signal the whole group; the parent decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    speaking = threading.Lock()

    def send(message: Message) -> None:
        with speaking:
            _write_all(pipe, pack(message))

    try:
        stream_device(spec, send)
    except DeviceError as error:
        send(Failed(str(error)))
    return 1


def _end_with_parent() -> None:
    """Wait until standard input closes, then end at once, for PortAudio may never return."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _write_all(pipe: BinaryIO, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[pipe.write(rest) :]


def portaudio_devices() -> list[Device]:
    """The devices that PortAudio can record from.

    Raises:
        DeviceError: PortAudio is missing or cannot begin.
    """
    try:
        import sounddevice  # noqa: PLC0415 - its import starts PortAudio
    except OSError as error:
        raise DeviceError(f"{error}; install it (Debian: libportaudio2)") from error
    default = sounddevice.default.device[0]
    apis = sounddevice.query_hostapis()
    return [
        Device(
            name=info["name"],
            host_api=apis[info["hostapi"]]["name"],
            max_input_channels=info["max_input_channels"],
            default_rate_hz=round(info["default_samplerate"]),
            is_default=info["index"] == default,
            index=info["index"],
            port=port_of(info["name"]),
        )
        for info in sounddevice.query_devices()
        if info["max_input_channels"] > 0
    ]


def stream_device(spec: MicrophoneSpec, send: Callable[[Message], None]) -> None:
    """Open a device and send its sound for ever.

    Raises:
        DeviceError: it does not exist, cannot be opened, or went away.
    """
    device = find_again(portaudio_devices(), spec)
    import sounddevice  # noqa: PLC0415 - its import starts PortAudio

    try:
        with sounddevice.RawInputStream(
            device=device.index,
            channels=spec.n_channels,
            samplerate=spec.sample_rate_hz,
            dtype="float32",
            latency=LATENCY_S,
        ) as stream:
            send(Opened(round(stream.samplerate), device.name))
            gate = SoundGate(send)
            if spec.pulse_source and pulse.can_be_asked():
                _guard(spec.pulse_source, gate)
            read_for_ever(stream, spec, gate)
    except sounddevice.PortAudioError as error:
        raise DeviceError(
            f"cannot record from {spec.device} with {spec.n_channels} channel(s) at "
            f"{spec.sample_rate_hz} Hz: {error}"
        ) from error


def _guard(source: str, gate: SoundGate) -> None:
    """Before any sound is sent, and from now on, see to it that it comes from this source."""
    pid = os.getpid()
    recorded = pulse.recorded_source(pid)
    if recorded not in {None, source}:
        gate(Moved(str(recorded)))

    def watch() -> None:
        where = pulse.wait_until_moved(source, pid=pid, doubt=gate.doubt, trust=gate.trust)
        gate(Moved(where))

    threading.Thread(target=watch, daemon=True).start()


def read_for_ever(
    stream: InputStream,
    spec: MicrophoneSpec,
    send: Callable[[Message], None],
) -> None:
    """Read block by block; ends only by an exception of the stream or of ``send``."""
    n_frames = max(1, spec.sample_rate_hz // BLOCKS_PER_S)
    read_at_s, available = time.monotonic(), stream.read_available
    while True:
        data, overflowed = stream.read(n_frames)
        now_s, now_ns = time.monotonic(), time.time_ns()
        still_available = stream.read_available
        lost = lost_samples(
            elapsed_s=now_s - read_at_s,
            sample_rate_hz=spec.sample_rate_hz,
            n_arrived=n_frames + still_available - available,
        )
        age_ns = (n_frames + still_available) * 1_000_000_000 // spec.sample_rate_hz
        samples = select_channel(data, n_channels=spec.n_channels, channel=spec.channel)
        send(Sound(samples, now_ns - age_ns, lost if overflowed else 0))
        read_at_s, available = now_s, still_available


def lost_samples(*, elapsed_s: float, sample_rate_hz: int, n_arrived: int) -> int:
    """Estimate what an overrun lost: what the clock says should have come, less what came.

    Args:
        elapsed_s: time since the last read returned.
        sample_rate_hz: rate of the device.
        n_arrived: samples read since, plus the growth of what waits to be read.

    Returns:
        At least 1, because something was lost.
    """
    return max(1, round(elapsed_s * sample_rate_hz) - n_arrived)


def select_channel(data: bytes, *, n_channels: int, channel: int | None) -> NDArray[np.float32]:
    """Take one channel out of interleaved float32 samples, or the mean of all where None."""
    frames: NDArray[np.float32] = np.frombuffer(data, dtype=np.float32).reshape(-1, n_channels)
    return to_mono(frames, channel=channel)


if __name__ == "__main__":
    sys.exit(main())
