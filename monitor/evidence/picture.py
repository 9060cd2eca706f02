"""An event in one picture that can be read on a telephone: its sound, its scores, its bands."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asd_monitor.calibrate.durations import say_duration
from asd_monitor.calibrate.hertz import say_band
from asd_monitor.models.attribution import band_edges_hz
from asd_monitor.models.frames import frames_of
from asd_monitor.monitor.events import Event
from asd_monitor.monitor.evidence.canvas import Canvas
from asd_monitor.monitor.evidence.chart import Scale
from asd_monitor.monitor.evidence.take import Curve, Take

WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1080
LEFT_PX: Final = 150
RIGHT_PX: Final = WIDTH_PX - 30
SOUND_PX: Final = (226, 656)
SCORE_PX: Final = (732, 972)
TITLE_PX, WORDS_PX, SMALL_PX = 54, 36, 32

RED, BLUE, GREY = "#b3202f", "#1f5fa8", "#666666"
KILO = 1000.0
TICKS_HZ = (0, 250, 500, 1000, 2000, 4000, 8000, 16_000)

# matplotlib's "magma" (CC0) at 17 even steps: dark to bright, and even to colour-blind eyes.
_MAGMA = (
    "000004 0a0822 1d1147 36106b 51127c 6a1c81 832681 9c2e7f b73779 d0416f e75263 f56b5c fc8961"
    " fea772 fec488 fde2a3 fcfdbf"
)


def picture_of(take: Take) -> bytes | None:
    """Draw a take as a PNG file.

    Returns:
        The file; None where the sound is too short for a single frame.
    """
    sound, bundle = take.sound, take.bundle
    log_mel = frames_of([sound.samples], sample_rate_hz=sound.sample_rate_hz, bundle=bundle)
    if not len(log_mel):
        return None
    canvas = Canvas(WIDTH_PX, HEIGHT_PX)
    seconds = Scale(0.0, take.duration_s, LEFT_PX, RIGHT_PX)
    rate_hz = bundle.features.sample_rate_hz
    edges_hz = band_edges_hz(bundle.mel_filters, sample_rate_hz=rate_hz)
    _headline(canvas, take)
    panel = _SoundPanel(canvas, seconds, edges_hz)
    panel.draw(log_mel, hop_s=bundle.features.hop_length / rate_hz)
    panel.mark(take)
    _scores(canvas, seconds, take)
    _time_axis(canvas, seconds, take)
    return canvas.png()


def _headline(canvas: Canvas, take: Take) -> None:
    event = take.event
    verb = "sounds" if event.is_open else "sounded"
    canvas.text((30, 24), f"{event.machine} {verb} wrong", size_px=TITLE_PX)
    canvas.text((30, 96), _when(event), size_px=WORDS_PX, colour=GREY)
    words = _where(event)
    while canvas.width_of(words, size_px=WORDS_PX) > WIDTH_PX - 60:
        words = words.rpartition(", ")[0]
    canvas.text((30, 146), words, size_px=WORDS_PX, colour=RED)


def _when(event: Event) -> str:
    begun = f"{event.started_at.astimezone():%Y-%m-%d %H:%M:%S %Z}"
    if event.duration_s is None:
        return f"since {begun}"
    return f"for {say_duration(event.duration_s)} from {begun}"


def _where(event: Event) -> str:
    if event.bands is None:
        return ""
    said = [f"{say_band(band)} ({band.share:.0%})" for band in event.bands]
    return f"at {', '.join(said)}" if said else "no band of frequencies stands out"


@dataclass(frozen=True, slots=True)
class _SoundPanel:
    """The log-mel spectrogram.

    Attributes:
        canvas: to draw on.
        seconds: its horizontal axis.
        edges_hz: of the mel bands, ``(n_mels + 1,)``.
    """

    canvas: Canvas
    seconds: Scale
    edges_hz: NDArray[np.float64]

    def draw(self, log_mel: NDArray[np.float32], *, hop_s: float) -> None:
        """Draw ``(n_frames, n_mels)`` in decibels, low frequencies at the bottom."""
        low, high = np.percentile(log_mel, [2, 99.8])
        share = np.clip((log_mel - low) / max(1e-6, high - low), 0, 1)
        top, bottom = SOUND_PX
        end_px = self.seconds.at(len(log_mel) * hop_s)
        self.canvas.pixels(_coloured(share.T[::-1]), (LEFT_PX, top), (end_px, bottom))
        for hertz in TICKS_HZ:
            if hertz <= self.edges_hz[-1]:
                words = f"{hertz} Hz" if hertz < KILO else f"{hertz / KILO:g} kHz"
                self.canvas.text(
                    (LEFT_PX - 12, self._level(hertz)), words, size_px=SMALL_PX, anchor="rm"
                )

    def mark(self, take: Take) -> None:
        """Draw the onset, and a frame around each band for as long as the event lasts."""
        top, bottom = SOUND_PX
        begin = self.seconds.at(take.onset_s)
        end = self.seconds.at(take.duration_s if take.ended_s is None else take.ended_s)
        self.canvas.dashes((begin, top), (begin, bottom), colour="white", width_px=3)
        for band in take.event.bands or ():
            low, high = self._level(band.low_hz) + 4, self._level(band.high_hz) - 4
            self.canvas.box((begin, high), (end, low), colour="white", width_px=4)
            is_high = high - SMALL_PX - 8 < top
            self.canvas.text(
                (begin + 8, low + 4 if is_high else high - 6),
                say_band(band),
                size_px=SMALL_PX,
                colour="white",
                anchor="la" if is_high else "lb",
                outline="black",
            )

    def _level(self, hertz: float) -> float:
        """The height of a frequency."""
        top, bottom = SOUND_PX
        n_bands = len(self.edges_hz) - 1
        band = np.interp(hertz, self.edges_hz, np.arange(n_bands + 1))
        return bottom - float(band) / n_bands * (bottom - top)


def _scores(canvas: Canvas, seconds: Scale, take: Take) -> None:
    """Draw the scores of windows and clips, and the threshold."""
    top, bottom = SCORE_PX
    threshold = take.calibration.thresholds.critical
    is_one_unit = len(take.calibration.members) == 1
    scale = _score_scale(take, is_one_unit=is_one_unit)
    for tick in scale.ticks(about=3):
        y = scale.at(tick)
        canvas.line([(LEFT_PX, y), (RIGHT_PX, y)], colour="#dddddd", width_px=1)
        canvas.text((LEFT_PX - 12, y), f"{tick:g}", size_px=SMALL_PX, anchor="rm")
    of_windows = scale if is_one_unit else _scale_of(take.windows.score)
    _curve(canvas, seconds, of_windows, take.windows, colour=BLUE, width_px=2)
    _curve(canvas, seconds, scale, take.clips, colour=RED, width_px=5)
    level = scale.at(threshold)
    canvas.dashes((LEFT_PX, level), (RIGHT_PX, level), colour="black", width_px=3)
    canvas.box((LEFT_PX, top), (RIGHT_PX, bottom), colour="#aaaaaa", width_px=1)
    _legend(canvas, take, is_one_unit=is_one_unit)


def _legend(canvas: Canvas, take: Take, *, is_one_unit: bool) -> None:
    clip_s = take.calibration.clip_s
    parts = [
        ("NLL" if is_one_unit else "NLL (own scale)", BLUE),
        (f"mean of {clip_s:g} s" if is_one_unit else f"score of {clip_s:g} s", RED),
        (f"alarm above {take.calibration.thresholds.critical:.3g}", "black"),
    ]
    x = float(LEFT_PX)
    for words, colour in parts:
        canvas.text((x, SCORE_PX[0] - 10), words, size_px=SMALL_PX, colour=colour, anchor="lb")
        x += canvas.width_of(words, size_px=SMALL_PX) + 36


def _score_scale(take: Take, *, is_one_unit: bool) -> Scale:
    """Holds the clips and the threshold, and of the windows all but single outliers."""
    levels = [take.calibration.thresholds.critical, take.calibration.normal.mean]
    held = [take.clips.score, np.array(levels)]
    if is_one_unit and len(take.windows.score):
        held.append(np.percentile(take.windows.score, [1, 99]))
    return _scale_of(np.concatenate(held))


def _scale_of(values: NDArray[np.float64]) -> Scale:
    """From the lowest to the highest value with some room, upward."""
    top, bottom = SCORE_PX
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    room = 0.08 * (high - low) or 1.0
    return Scale(low - room, high + room, bottom, top)


def _curve(
    canvas: Canvas, seconds: Scale, scale: Scale, curve: Curve, *, colour: str, width_px: float
) -> None:
    points = [
        (seconds.at(at_s), scale.at(score))
        for at_s, score in zip(curve.at_s, curve.score, strict=True)
    ]
    if points:
        canvas.line(points, colour=colour, width_px=width_px)


def _time_axis(canvas: Canvas, seconds: Scale, take: Take) -> None:
    """Seconds since the beginning of the event."""
    since_onset = Scale(-take.onset_s, take.duration_s - take.onset_s, LEFT_PX, RIGHT_PX)
    bottom = SCORE_PX[1]
    for tick in since_onset.ticks(about=6):
        x = since_onset.at(tick)
        canvas.line([(x, bottom), (x, bottom + 8)], colour="#aaaaaa", width_px=2)
        canvas.text((x, bottom + 14), f"{tick:g}", size_px=SMALL_PX, anchor="ma")
    begin = seconds.at(take.onset_s)
    canvas.dashes((begin, SCORE_PX[0]), (begin, bottom), colour=GREY, width_px=2)
    canvas.text(
        ((LEFT_PX + RIGHT_PX) / 2, HEIGHT_PX - 16),
        "seconds since it began",
        size_px=SMALL_PX,
        colour=GREY,
        anchor="mb",
    )


def _coloured(share: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours ``(height, width, 3)`` of shares from 0 to 1, ``(height, width)``."""
    anchors = np.array([list(bytes.fromhex(colour)) for colour in _MAGMA.split()], dtype=float)
    steps = np.linspace(0, len(anchors) - 1, 256)
    table = np.stack([np.interp(steps, range(len(anchors)), channel) for channel in anchors.T], 1)
    colours: NDArray[np.uint8] = table.astype(np.uint8)[(share * 255).astype(np.uint8)]
    return colours
