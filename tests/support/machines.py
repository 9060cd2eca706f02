"""A machine made of arithmetic, with a bundle and a calibration that know its sound."""

import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from asd_monitor.calibrate.calibration import Calibration, OffLevels, Spread, save_calibration
from asd_monitor.calibrate.normal.bands import BandGatherer
from asd_monitor.calibrate.normal.level_gatherer import LevelGatherer
from asd_monitor.models.attribution import NormalBands
from asd_monitor.models.bundle import Bundle, Standardiser, save_bundle
from asd_monitor.models.frontend import LogMel
from asd_monitor.models.recording_writer import write_recording
from asd_monitor.models.recordings import Recording, open_recording
from asd_monitor.models.scorer import Scorer
from asd_monitor.monitor.alarms import Identity
from asd_monitor.monitor.events import Origin
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.pipeline import Pipeline
from asd_monitor.monitor.synth import SAMPLE_RATE_HZ, knocking, normal_sound
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import a_calibration
from tests.support.sounds import BEGAN_AT, Sound, blocks

RATE_HZ = SAMPLE_RATE_HZ
FAULT_FROM_S = 20
FAULT_UNTIL_S = 32
LENGTH_S = 56

_FINGERPRINT = "ab" * 32


@functools.cache
def healthy(duration_s: int = LENGTH_S) -> Sound:
    """The machine running normally, as a 16-bit converter hears it."""
    return _heard(normal_sound(duration_s, seed=1))


@functools.cache
def faulty() -> Sound:
    """The machine with a sudden strong fault from `FAULT_FROM_S` to `FAULT_UNTIL_S`."""
    sound = healthy().copy()
    fault = knocking(FAULT_UNTIL_S - FAULT_FROM_S, seed=2)
    sound[FAULT_FROM_S * RATE_HZ : FAULT_UNTIL_S * RATE_HZ] += fault
    return _heard(sound)


@functools.cache
def knowing_bundle() -> Bundle:
    """A small random detector, standardised to the machine's normal sound.

    Clips of `healthy` score 1.58 to 1.64, those of the fault up to 2.9.
    """
    bundle = tiny_bundle(seed=1)
    frames = LogMel(bundle.features, bundle.mel_filters).push(normal_sound(20, seed=9))
    standardiser = Standardiser(mean=frames.mean(axis=0), std=frames.std(axis=0))
    (member,) = bundle.members
    return replace(
        bundle,
        members=(replace(member, standardiser=standardiser),),
        fingerprint=_FINGERPRINT,
    )


def knowing_calibration(*, bundle: str = _FINGERPRINT) -> Calibration:
    """A calibration of `knowing_bundle` under which the fault alarms and nothing else does."""
    calibration = a_calibration(
        warning=1.7, critical=1.8, scores=np.linspace(1.58, 1.64, 50).tolist(), bundle=bundle
    )
    return replace(
        calibration, normal=Spread(mean=1.6, median=1.6, std=0.015), bands=_normal_bands()
    )


@functools.cache
def calibration_with_levels() -> Calibration:
    """The same with the levels of the machine's normal sound: it knows a gain that is turned."""
    levels = LevelGatherer(sample_rate_hz=RATE_HZ)
    scorer = Scorer(knowing_bundle())
    for block in blocks(healthy(120)):
        levels.add(scorer.push(block).clips)
    off = OffLevels(clip=-60.0, second=-60.0)
    return replace(knowing_calibration(), regimes=levels.regimes(), off=off)


def a_pipeline() -> Pipeline:
    """A pipeline that knows the machine."""
    return Pipeline(knowing_bundle(), knowing_calibration())


def an_identity() -> Identity:
    """Who speaks about the machine."""
    return Identity(
        node="hall",
        machine="pump",
        model=_FINGERPRINT,
        calibration=knowing_calibration().created_at,
        source=Origin.LIVE,
    )


def install(data: Path, machine: str) -> None:
    """Put bundle and calibration where the daemon looks for them."""
    folder = MachineFolder.of(machine, data=data)
    saved = save_bundle(knowing_bundle(), folder.bundle)
    save_calibration(knowing_calibration(bundle=saved.fingerprint), folder.calibration)


def write_session(
    folder: Path, sound: Sound, *, session: str = "a", lengths_s: Sequence[int]
) -> list[Recording]:
    """Write a sound as the files of one recording session, of the given lengths."""
    written, begin_s = [], 0
    for length_s in lengths_s:
        path = folder / f"{session}-{begin_s:03}.flac"
        write_recording(
            path,
            sound[begin_s * RATE_HZ : (begin_s + length_s) * RATE_HZ],
            sample_rate_hz=RATE_HZ,
            session=session,
            first_sample=begin_s * RATE_HZ,
            recorded_at=BEGAN_AT + timedelta(seconds=begin_s),
        )
        written.append(open_recording(path))
        begin_s += length_s
    return written


@functools.cache
def _normal_bands() -> NormalBands | None:
    scorer, bands = Scorer(knowing_bundle()), BandGatherer()
    for block in blocks(normal_sound(20, seed=9)):
        bands.add(scorer.push(block).windows)
    return bands.bands()


def _heard(sound: Sound) -> Sound:
    quantised: Sound = (np.rint(sound * 32768) / 32768).astype(np.float32)
    quantised.setflags(write=False)
    return quantised
