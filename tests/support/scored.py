"""Trials made of numbers, without sound."""

from collections.abc import Sequence
from pathlib import Path

from asd_monitor.calibrate.evaluation.trial import ScoredFile, Trial


def a_trial(
    normal: Sequence[float] = (0.0, 1.0, 2.0, 3.0),
    anomalous: Sequence[float] = (2.5, 4.0, 5.0),
    *,
    detector: str = "group-made",
    kind: str = "fan",
    machine_id: str = "id_00",
    threshold: float | None = 3.5,
    notes: Sequence[str] = (),
) -> Trial:
    """A trial with the given scores of files."""
    files = [
        ScoredFile(Path(f"{name}_{n:04d}.wav"), is_anomalous, score)
        for name, is_anomalous, scores in (("normal", False, normal), ("anomaly", True, anomalous))
        for n, score in enumerate(scores)
    ]
    return Trial(
        detector=detector,
        kind=kind,
        machine_id=machine_id,
        files=tuple(files),
        threshold=threshold,
        notes=tuple(notes),
    )
