"""A sheet to draw on: Pillow, in pixels of the finished picture, with smooth lines."""

import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_FINER = 2
"""Everything is drawn so many times larger, and smoothed by making it smaller again."""

Point = tuple[float, float]
Anchor = Literal["la", "ra", "ma", "lm", "rm", "mm", "lb", "rb", "mb"]


class Canvas:
    """A white sheet.

    Args:
        width_px: of the finished picture.
        height_px: of the finished picture.
    """

    def __init__(self, width_px: int, height_px: int) -> None:
        self._image = Image.new("RGB", (width_px * _FINER, height_px * _FINER), "white")
        self._draw = ImageDraw.Draw(self._image)

    def text(
        self,
        at: Point,
        words: str,
        *,
        size_px: int,
        colour: str = "black",
        anchor: Anchor = "la",
        outline: str | None = None,
    ) -> None:
        """Write words.

        Args:
            at: where the anchor lies.
            words: on one line.
            size_px: of the letters.
            colour: of the letters.
            anchor: horizontally ``l``, ``m``, ``r`` and vertically ``a`` (top), ``m``, ``b``.
            outline: colour around the letters, for words on a picture.
        """
        self._draw.text(
            _finer(at),
            words,
            fill=colour,
            anchor=anchor,
            font=ImageFont.load_default(size_px * _FINER),
            stroke_width=2 * _FINER if outline else 0,
            stroke_fill=outline,
        )

    def width_of(self, words: str, *, size_px: int) -> float:
        """How wide words would be."""
        font = ImageFont.load_default(size_px * _FINER)
        return float(self._draw.textlength(words, font=font)) / _FINER

    def line(self, points: Sequence[Point], *, colour: str, width_px: float) -> None:
        """Draw a line through points."""
        width = round(width_px * _FINER)
        self._draw.line([_finer(each) for each in points], fill=colour, width=width, joint="curve")

    def dashes(self, begin: Point, end: Point, *, colour: str, width_px: float) -> None:
        """Draw a dashed straight line."""
        along = np.arange(0.0, 1.0, 24.0 / max(24.0, float(np.hypot(*np.subtract(end, begin)))))
        for share in along:
            stop = min(1.0, share + 0.6 * (along[1] if len(along) > 1 else 1.0))
            points = [_between(begin, end, float(share)), _between(begin, end, stop)]
            self.line(points, colour=colour, width_px=width_px)

    def box(self, corner: Point, opposite: Point, *, colour: str, width_px: float) -> None:
        """Draw the frame of a rectangle."""
        width = round(width_px * _FINER)
        self._draw.rectangle([_finer(corner), _finer(opposite)], outline=colour, width=width)

    def pixels(self, colours: NDArray[np.uint8], corner: Point, opposite: Point) -> None:
        """Fill a rectangle with an image, stretched to fit.

        Args:
            colours: ``(height, width, 3)``.
            corner: upper left.
            opposite: lower right.
        """
        (left, top), (right, bottom) = _finer(corner), _finer(opposite)
        size = (round(right - left), round(bottom - top))
        stretched = Image.fromarray(colours).resize(size, Image.Resampling.BILINEAR)
        self._image.paste(stretched, (round(left), round(top)))

    def png(self) -> bytes:
        """The sheet as a PNG file, with a palette, which halves its size."""
        data = io.BytesIO()
        finished = self._image.reduce(_FINER)
        finished.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            data, format="PNG"
        )
        return data.getvalue()


def _finer(point: Point) -> Point:
    return point[0] * _FINER, point[1] * _FINER


def _between(begin: Point, end: Point, share: float) -> Point:
    return begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1])
