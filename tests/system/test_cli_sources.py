"""Sources besides the microphone, with real programs at the other end."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import soundfile

from asd_monitor.monitor.store.store import FILE_NAME, Store
from tests.support.command_line import COMMAND, asd_monitor, complaint, environment, running
from tests.support.daemons import wait_until
from tests.support.web_folder import QuietFolder
from tests.system.conftest import Trained

pytestmark = pytest.mark.system
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


def pcm_of(folder: Path) -> bytes:
    """The recordings of a folder one after the other as 16-bit samples."""
    return b"".join(
        soundfile.read(path, dtype="int16")[0].tobytes() for path in sorted(folder.iterdir())
    )


def lines_until(daemon: "subprocess.Popen[str]", words: str) -> list[str]:
    assert daemon.stderr is not None
    seen = []
    for line in daemon.stderr:
        seen.append(line)
        if words in line:
            return seen
    raise AssertionError("".join(seen))


def test_what_is_piped_into_it_is_judged_to_its_end(trained: Trained, tmp_path: Path) -> None:
    arguments = ["run", "--source", "stdin", "--rate", 16_000, *trained.model]
    done = subprocess.run(
        [COMMAND, *map(str, arguments), "--data-dir", tmp_path],
        env=environment(),
        input=pcm_of(trained.faulty),
        capture_output=True,
        timeout=120,
        check=False,
    )
    said = done.stderr.decode()
    assert done.returncode == 0, said
    assert said.count("anomaly_started") == said.count("anomaly_ended") == 1
    assert "standard input has ended" in said


def test_a_recording_that_is_dropped_into_a_watched_folder_raises_an_alarm(
    trained: Trained, tmp_path: Path
) -> None:
    folder = tmp_path / "recorder"
    folder.mkdir()
    arguments = ["run", "--source", "watch", "--path", folder, *trained.model]
    with running(*arguments, "--data-dir", tmp_path / "data") as daemon:
        lines_until(daemon, "unknown")
        for path in sorted(trained.faulty.iterdir()):
            hidden = folder / f".{path.name}"
            shutil.copyfile(path, hidden)
            hidden.rename(folder / path.name)
        started = lines_until(daemon, "anomaly_started")[-1]
        ended = lines_until(daemon, "anomaly_ended")[-1]
        daemon.terminate()
        assert daemon.wait(60) == 0
    recorded_at = soundfile.SoundFile(min(trained.faulty.iterdir())).comment.split("recorded_at=")
    assert recorded_at[1][:15] == started.split("since ")[1][:15], "dated by the recording"
    assert "machine anomaly_ended after" in ended


def test_after_a_kill_what_came_meanwhile_is_judged_and_nothing_twice(
    trained: Trained, tmp_path: Path
) -> None:
    folder, data = tmp_path / "recorder", tmp_path / "data"
    folder.mkdir()
    normal, faulty = sorted(trained.normal.iterdir())[:1], sorted(trained.faulty.iterdir())
    arguments = ["run", "--source", "watch", "--path", folder, *trained.model, "--data-dir", data]
    with running(*arguments) as daemon:
        lines_until(daemon, "unknown")
        shutil.copyfile(normal[0], folder / "1.flac")
        lines_until(daemon, "machine normal")
        wait_until(lambda: len(watched(data)) == 1)
        daemon.kill()
        daemon.wait(60)
    for number, path in enumerate(faulty, start=2):
        shutil.copyfile(path, folder / f"{number}.flac")
    with running(*arguments) as daemon:
        lines_until(daemon, "anomaly_ended")
        wait_until(lambda: len(watched(data)) == 1 + len(faulty))
        daemon.terminate()
        assert daemon.wait(60) == 0
    with Store(data / FILE_NAME, must_exist=True) as store:
        assert len(store.events()) == 1
        heard = store.scores.clips("machine", since=datetime.fromtimestamp(0, tz=UTC))
    assert len({clip.at for clip in heard}) == len(heard)
    with running(*arguments) as daemon:
        lines_until(daemon, "unknown")
        daemon.terminate()
        assert daemon.wait(60) == 0
    with Store(data / FILE_NAME, must_exist=True) as store:
        again = store.scores.clips("machine", since=datetime.fromtimestamp(0, tz=UTC))
    assert again == heard


def watched(data: Path) -> list[str]:
    path = data / "machines" / "machine" / "watched.jsonl"
    return path.read_text().splitlines()[1:] if path.exists() else []


@pytest.fixture
def served(trained: Trained) -> Iterator[str]:
    (path, *_) = sorted(trained.normal.iterdir())
    handler = partial(QuietFolder, directory=str(trained.normal))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{path.name}?token=hushhush"
        server.shutdown()


@needs_ffmpeg
def test_a_stream_is_heard_and_its_token_never_shown(
    trained: Trained, tmp_path: Path, served: str
) -> None:
    (tmp_path / "address").write_text(f"{served}\n")
    arguments = ["run", "--source", "stream", "--url-file", tmp_path / "address", *trained.model]
    with running(*arguments, "--data-dir", tmp_path / "data") as daemon:
        seen = "".join(lines_until(daemon, "machine normal"))
        daemon.terminate()
        _, rest = daemon.communicate(timeout=60)
    assert daemon.returncode == 0
    assert f"hearing {served.partition('?')[0]}" in seen
    assert "hushhush" not in seen + rest


def test_without_ffmpeg_one_sentence_says_so(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    arguments = ["run", "--source", "stream", "--url", "http://127.0.0.1/x", *trained.model]
    outcome = asd_monitor(*arguments, "--data-dir", tmp_path)
    assert "needs ffprobe, which is not installed" in complaint(outcome, code=2)


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--source", "watch"], "--source watch needs --path", 2),
        (["--source", "stream"], "--source stream needs --url", 2),
        (["--source", "stream", "--url", "http://u:topsecret@h/x"], "holds a password", 78),
        (["--source", "watch", "--path", "/nowhere/at/all"], "/nowhere/at/all cannot be read", 2),
        (["--config", "x.toml", "--rate", "8000"], "--rate goes with --device or --source", 2),
    ],
)
def test_what_is_missing_or_too_much_is_named(
    arguments: list[str], said: str, code: int, trained: Trained, tmp_path: Path
) -> None:
    models = [] if "--config" in arguments else [*trained.model, "--data-dir", tmp_path]
    sentence = complaint(asd_monitor("run", *arguments, *models), code=code)
    assert said in sentence
    assert "topsecret" not in sentence
