"""The table ``[evidence]``."""

import typing
from dataclasses import dataclass

from asd_monitor.models.errors import ConfigurationError

LONGEST_CLIP_S: typing.Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceConfig:
    """The table ``[evidence]``: what is kept of an event, and for how long.

    Attributes:
        audio: keep the sound of events; with false only pictures and numbers are kept.
        speech: ``keep``, or ``drop`` for keeping no sound in which somebody may be speaking.
        pre_roll_s: seconds of sound before the beginning of an event.
        post_roll_s: seconds of sound after its end.
        max_clip_s: longest clip, pre-roll included; of a longer event its beginning is kept.
        keep_days: evidence older than this is removed.
        max_bytes: all evidence together takes no more; the oldest is removed first.
        min_free_bytes: evidence leaves this much of the disk free; the oldest is removed first,
            and while that does not suffice, nothing is kept.
    """

    audio: bool = True
    speech: typing.Literal["keep", "drop"] = "keep"
    pre_roll_s: float = 10.0
    post_roll_s: float = 5.0
    max_clip_s: float = 60.0
    keep_days: float = 90.0
    max_bytes: int = 2_000_000_000
    min_free_bytes: int = 500_000_000

    def check(self, *, where: str) -> None:
        """See to it that the numbers make sense, each and together.

        Raises:
            ConfigurationError: they do not.
        """
        for name in ("pre_roll_s", "post_roll_s", "max_bytes", "min_free_bytes"):
            if getattr(self, name) < 0:
                raise ConfigurationError(f"{where}: evidence.{name} must not be negative")
        if not self.keep_days > 0:
            raise ConfigurationError(f"{where}: evidence.keep_days has to be above 0")
        if not self.pre_roll_s < self.max_clip_s <= LONGEST_CLIP_S:
            raise ConfigurationError(
                f"{where}: evidence.max_clip_s has to be above pre_roll_s and at most "
                f"{LONGEST_CLIP_S:.0f}"
            )
