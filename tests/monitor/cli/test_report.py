import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from asd_monitor.calibrate.calibration import save_calibration
from asd_monitor.models.timestamps import utc_now
from asd_monitor.monitor.cli.embedded import Embedder
from asd_monitor.monitor.cli.report_page import Reported, promise_in_words, report_page
from asd_monitor.monitor.events import close_event
from asd_monitor.monitor.folders import MachineFolder
from asd_monitor.monitor.store.marks import Mark, Opinion
from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.alarms import NOON, anomaly
from tests.support.called import Caller
from tests.support.clip_scores import a_calibration
from tests.support.snapshots import clips_of


class Page(HTMLParser):
    """What a page refers to, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        assert tag not in {"script", "link", "iframe"}

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "sound.flac").write_bytes(b"a sound")
    (folder / "picture.png").write_bytes(b"a picture")
    return folder


@pytest.fixture
def reported(evidence: Path) -> Reported:
    ended = close_event(anomaly(), ended_at=NOON + timedelta(seconds=20))
    event = replace(ended, clip="sound.flac", spectrogram="picture.png")
    return Reported(
        machine="pump",
        since=NOON - timedelta(days=30),
        now=NOON + timedelta(minutes=1),
        clips=clips_of("pump", [0.5] * 600),
        events=[event],
        marks={
            event.event_id: Mark(
                event_id=event.event_id,
                opinion=Opinion.FALSE_ALARM,
                note="<b>grinder</b>",
                marked_at=NOON,
            )
        },
        calibration=a_calibration(),
        drift=None,
        evidence=evidence,
    )


def test_the_page_holds_sound_and_picture_itself_and_needs_nothing_else(
    reported: Reported,
) -> None:
    page = Page(report_page(reported))
    assert sorted(address.partition(",")[0] for address in page.addresses) == [
        "data:audio/flac;base64",
        "data:image/png;base64",
    ]
    assert "1.0-1.5 kHz (75%)" in page.words
    assert "sounded wrong, 28.5 s" in page.words


def test_what_people_wrote_is_text_and_never_markup(reported: Reported) -> None:
    text = report_page(reported)
    assert "<b>grinder" not in text
    assert "<b>grinder</b>" in Page(text).words


def test_what_is_kept_no_longer_is_named(reported: Reported, evidence: Path) -> None:
    (evidence / "sound.flac").unlink()
    page = Page(report_page(reported))
    assert len(page.addresses) == 1
    assert "The sound sound.flac is not in this page" in page.words


def test_the_newest_sounds_are_embedded_as_long_as_there_is_room(evidence: Path) -> None:
    embedder = Embedder(evidence, most_bytes=10)
    assert embedder.address("sound.flac") is not None
    assert embedder.address("picture.png") is None
    assert embedder.address(None) is None
    assert embedder.address("gone.flac") is None


def test_alarms_that_came_stand_beside_those_that_were_allowed(reported: Reported) -> None:
    weekly = replace(a_calibration(), budget="1/week", extrapolated=True)
    said = promise_in_words(replace(reported, calibration=weekly), judged_s=14 * 86_400)
    assert "In 2.0 weeks of judged sound, 1 alarm came" in said
    assert "1 marked as false, 0 as true, 0 not marked" in said
    assert "budget of 1/week allows 2 false ones" in said
    assert "extrapolation" in said
    unknown = promise_in_words(replace(reported, calibration=None), judged_s=60)
    assert "not in the data folder" in unknown


@pytest.fixture
def call(call: Caller, tmp_path: Path) -> Caller:
    with Store(tmp_path / FILE_NAME) as store:
        store.record(anomaly(detected_at=utc_now() - timedelta(hours=1)), outgoing=False)
    folder = MachineFolder.of("pump", data=tmp_path).calibration
    folder.parent.mkdir(parents=True)
    save_calibration(a_calibration(), folder)
    return call


def test_the_command_writes_the_page(call: Caller, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    outcome = call("report", "pump", "--out", str(out))
    assert outcome.code == 0
    assert f"wrote {out}" in outcome.stderr
    text = out.read_text(encoding="utf-8")
    assert re.search(r"<title>pump, ", text)
    assert "open, 60." in Page(text).words


def test_a_machine_of_which_nothing_is_known_is_one_sentence(call: Caller, tmp_path: Path) -> None:
    outcome = call("report", "fan", "--out", str(tmp_path / "r.html"))
    assert outcome.code == 78
    assert "Nothing is remembered of the machine fan" in outcome.stderr
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_cannot_be_written_is_said_before_the_work(
    call: Caller, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    outcome = call("report", "pump", "--out", str(tmp_path / "file" / "r.html"))
    assert outcome.code == 78
    assert "cannot write" in outcome.stderr
