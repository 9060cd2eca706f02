import importlib.util
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asd_monitor.calibrate.budget import parse_budget
from asd_monitor.calibrate.calibrate import CalibrationSettings, calibrate
from asd_monitor.calibrate.calibration import Calibration
from asd_monitor.calibrate.evidence import Verified
from asd_monitor.calibrate.normal.collect import CollectSettings, collect
from asd_monitor.calibrate.normal.sound import NormalSound
from asd_monitor.calibrate.recorded import Recorded
from asd_monitor.calibrate.report.page import report_page, require_report_packages, write_report
from asd_monitor.calibrate.report.report import sections
from asd_monitor.calibrate.tail import tail_quantile, tail_survival
from asd_monitor.calibrate.unlike import Unlike
from asd_monitor.models.errors import ConfigurationError
from tests.support.bundles import tiny_bundle
from tests.support.clip_scores import RATE_HZ, autoregressive, normal_sound
from tests.support.sounds import noise

BUNDLE = replace(tiny_bundle(0), fingerprint="ab" * 32)


def _stream(n_sessions: int = 3) -> NormalSound:
    """Sessions of ten minutes."""
    scores = [autoregressive(591, lag_one=0.8, seed=seed) for seed in range(n_sessions)]
    return normal_sound(*scores, seconds=600.0 * n_sessions)


def _calibrated(normal: NormalSound, budget: str) -> Calibration:
    settings = CalibrationSettings(budget=parse_budget(budget))
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return calibrate(normal, BUNDLE, settings, machine="pump", created_at=at)


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, NormalSound]:
    folder = tmp_path_factory.mktemp("normal")
    for i in range(25):
        samples = noise(2 * RATE_HZ, seed=i)
        name = f"20260301T{i // 5:02}{i % 5:02}00.wav"
        soundfile.write(folder / name, samples, RATE_HZ, subtype="PCM_16")
    normal = collect([folder], BUNDLE, CollectSettings(clip_s=2.0))
    return _calibrated(normal, "1/week"), normal


class _Page(HTMLParser):
    """What a page holds, and whether its elements close."""

    VOID = frozenset({"meta", "br", "hr", "img", "link", "input", "path", "use", "rect", "line"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_says_what_the_report_says_and_shows_it(
    from_files: tuple[Calibration, NormalSound],
) -> None:
    calibration, normal = from_files
    page = _Page(report_page(calibration, normal))
    assert page.open == []
    for section in sections(calibration):
        for paragraph in section.paragraphs:
            assert paragraph in page.text
    assert page.seen.count("svg") == 5
    assert page.seen.count("i") == 24
    assert "Recorded 00:00 to 05:00" in page.text


def test_the_page_loads_nothing(from_files: tuple[Calibration, NormalSound]) -> None:
    text = report_page(*from_files)
    assert _Page(text).addresses == []
    assert "script" not in _Page(text).seen
    assert re.findall(r"url\((?!#)", text) == []


def test_the_same_calibration_gives_the_same_page(
    from_files: tuple[Calibration, NormalSound],
) -> None:
    assert report_page(*from_files) == report_page(*from_files)


@pytest.mark.parametrize(("budget", "extrapolated"), [("1/month", True), ("6/h", False)])
def test_streams_have_a_page_as_well(budget: str, *, extrapolated: bool) -> None:
    normal = _stream()
    page = _Page(report_page(_calibrated(normal, budget), normal))
    assert page.seen.count("svg") == 4
    assert ("extrapolated" in page.text) is extrapolated
    assert ("The line is the fitted tail" in page.text) is extrapolated


def test_what_comes_from_files_is_text_and_never_markup() -> None:
    normal, evil = _stream(1), "<script>alert(1)</script>.wav"
    calibration = _calibrated(normal, "6/h")
    recorded = Recorded(files=1, unlike=(Unlike(name=evil, deviations=7.0),))
    verified = Verified(seconds=3600.0, alarms=1, most_per_week=1.0, verified_at="2026")
    evidence = replace(calibration.evidence, recorded=recorded, verified=verified)
    page = _Page(report_page(replace(calibration, evidence=evidence), normal))
    assert "script" not in page.seen
    assert evil in page.text
    assert "1 alarm in 60.0 min, at 95 %" in page.text


def test_a_page_is_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    normal = _stream(1)
    path = tmp_path / "a" / "b" / "calibration.html"
    write_report(_calibrated(normal, "6/h"), normal, path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_a_page_takes_is_asked_for_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    require_report_packages()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if "2" in name else name)
    with pytest.raises(ConfigurationError, match=r"needs jinja2; .*asd-monitor\[report\]"):
        require_report_packages()


@pytest.mark.parametrize("shape", [0.0, 0.2, 0.5])
def test_the_survival_of_a_tail_is_the_inverse_of_its_quantile(shape: float) -> None:
    survival = np.array([1.0, 0.5, 0.01, 1e-6])
    excess = tail_quantile(survival, np.full(4, shape), np.full(4, 1.7))
    assert tail_survival(excess, shape, 1.7) == pytest.approx(survival)
