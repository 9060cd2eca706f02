"""Replay agrees with what calibration, verification and explanation say of the same sound."""

import pytest

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.explanation.explanation import explain
from asd_monitor.calibrate.normal.collect import collect
from asd_monitor.calibrate.report.report import report
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.calibrate.verification import observe
from asd_monitor.models.recordings import Recording
from asd_monitor.monitor.cli.records import as_json
from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.replay.replay import ClipRecord, EventRecord, FileRecord, Replay
from tests.support.machines import (
    RATE_HZ,
    an_identity,
    calibration_with_levels,
    healthy,
    knowing_bundle,
    write_session,
)
from tests.support.replayed import of_kind
from tests.support.sounds import BEGAN_AT, noise


@pytest.fixture(scope="module")
def turned_up(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """The machine, whose microphone is turned up by 6 dB after a minute."""
    sound = healthy(180).copy()
    sound[60 * RATE_HZ :] *= 2
    folder = tmp_path_factory.mktemp("turned-up")
    return write_session(folder, sound, lengths_s=[60, 60, 60])


def test_a_file_whose_level_is_shifted_cannot_be_judged_whatever_it_scores(
    turned_up: list[Recording],
) -> None:
    replay = Replay(knowing_bundle(), calibration_with_levels(), an_identity(), channel=None)
    files = of_kind(FileRecord, replay.session(turned_up))
    assert [file.verdict.reason for file in files] == [None, None, "level_shift"]
    assert files[-1].verdict.level_shift_db == pytest.approx(6.0, abs=0.5)


def test_verification_counts_the_alarms_and_the_sound_that_replay_judges(
    turned_up: list[Recording],
) -> None:
    bundle, calibration = knowing_bundle(), calibration_with_levels()
    seen = observe([file.path for file in turned_up], bundle, calibration, channel=None)
    records = list(Replay(bundle, calibration, an_identity(), channel=None).session(turned_up))
    clips = of_kind(ClipRecord, records)
    judged = [clip.verdict.severity is not Severity.UNKNOWN for clip in clips]
    assert not all(judged)
    # Clips of ten seconds, one a second: the first that is judged adds ten and each other one.
    assert seen.seconds == sum(judged) + 9
    opened = [each.event.event_type for each in of_kind(EventRecord, records)]
    assert seen.alarms == opened.count(EventType.ANOMALY_STARTED)


@pytest.fixture(scope="module")
def idle_and_load(tmp_path_factory: pytest.TempPathFactory) -> list[Recording]:
    """Files of two seconds of a machine that idles, and as many of it under load."""
    folder = tmp_path_factory.mktemp("regimes")
    sounds = [(f"{name}{i}", noise(2 * RATE_HZ, seed=i, rms=rms))
              for name, rms in (("idle", 0.01), ("load", 0.1)) for i in range(30)]  # fmt: skip
    return [write_session(folder, sound, session=s, lengths_s=[2])[0] for s, sound in sounds]


def test_every_clip_names_its_regime_and_is_judged_on_its_scale(
    idle_and_load: list[Recording],
) -> None:
    bundle, budget = knowing_bundle(), parse_budget("1/min")
    normal = collect([file.path.parent for file in idle_and_load[:1]], bundle)
    limits = CalibrationSettings(budget=budget, warning_budget=budget)
    calibration = calibrate(normal, bundle, limits, machine="pump", created_at=BEGAN_AT)
    assert calibration.fusion.is_by_regime
    assert calibration.regime_reason in report(calibration)
    replay = Replay(bundle, calibration, an_identity(), channel=None)
    for file, regime in ((idle_and_load[0], "idle"), (idle_and_load[-1], "running")):
        records = list(replay.session([file]))
        told: list[ClipRecord | FileRecord] = [
            *of_kind(ClipRecord, records),
            *of_kind(FileRecord, records),
        ]
        assert {record.verdict.regime for record in told} == {regime}
        assert all(abs(record.verdict.score or 9) < 5 for record in told)
        verdict = explain(file, bundle, calibration, channel=None).verdict
        assert verdict == told[-1].verdict
        assert as_json(told[0])["regime"] == as_json(told[-1])["regime"] == regime
