"""`asd-monitor explain`."""

from pathlib import Path
from typing import Any

import click

from asd_monitor.calibrate.calibration import Calibration, load_calibration, require_bundle
from asd_monitor.calibrate.explanation.explanation import Explanation, explain, say_bands
from asd_monitor.calibrate.explanation.picture import explanation_picture
from asd_monitor.models.bundle import Bundle, load_bundle
from asd_monitor.models.files import write_atomically
from asd_monitor.models.recordings import open_recording
from asd_monitor.monitor.cli.console import emit_json, tell
from asd_monitor.monitor.cli.options import channel_option, file_options, machine_options
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.folders import MachineFolder, data_dir, find_bundle


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@machine_options
@file_options
@channel_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=lambda _, __, out: _png(out),
    help="Write the picture here (PNG).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    file: Path,
    machine: str,
    data_dir_option: Path | None,
    bundle: Path | None,
    calibration: Path | None,
    channel: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Say at which frequencies, and when, a recording sounds unlike normal.

    The picture shows the log-mel spectrogram, the score over time with the threshold, and the
    excess over normal by frequency. Without a calibration there is no threshold, and the quietest
    fifth of the recording is taken for normal.

    \b
    Examples:
      asd-monitor explain strange.wav --out strange.png
      asd-monitor explain strange.wav --bundle pump.safetensors --calibration pump.json --json
    """
    data = data_dir(data_dir_option)
    detector = load_bundle(find_bundle(machine, data=data, bundle=bundle))
    limits = _calibration(detector, MachineFolder.of(machine, data=data), bundle, calibration)
    if out:
        require_writable(out)
    explanation = explain(open_recording(file), detector, limits, channel=channel)
    if out:
        _write(out, explanation_picture(explanation))
    if as_json:
        emit_json(_fields(explanation, out))
        return
    tell(_headline(explanation))
    for line in say_bands(explanation):
        tell(line)
    if explanation.bands is not None:
        tell(f"compared with {explanation.compared_with}")
    if out:
        tell(f"picture: {out}")


def _calibration(
    detector: Bundle, folder: MachineFolder, bundle: Path | None, calibration: Path | None
) -> Calibration | None:
    """The one that was named, or the machine's where its bundle is used and it has one."""
    if calibration is None and (bundle is not None or not folder.calibration.exists()):
        return None
    limits = load_calibration(calibration or folder.calibration)
    require_bundle(limits, detector.fingerprint)
    return limits


def _png(out: Path | None) -> Path | None:
    if out and out.suffix.lower() != ".png":
        raise click.BadParameter(f"the picture is a PNG; name it {out.stem}.png.")
    return out


def _write(out: Path, picture: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, picture)
    except OSError as error:
        raise cannot_write(out, error) from error


def _headline(explanation: Explanation) -> str:
    score = "no score" if explanation.score is None else f"score {explanation.score:.4f}"
    verdict = explanation.verdict
    if verdict is None:
        return f"{explanation.path}: {score} (no calibration, so no threshold)"
    regime = f" ({verdict.regime})" if verdict.regime else ""
    return (
        f"{explanation.path}: {verdict.severity}{regime}, {score}, threshold"
        f" {verdict.threshold:.4f}"
    )


def _fields(explanation: Explanation, out: Path | None) -> dict[str, Any]:
    verdict = explanation.verdict
    return {
        "file": str(explanation.path),
        "duration_s": explanation.duration_s,
        "score": explanation.score,
        "threshold": verdict.threshold if verdict else None,
        "severity": verdict.severity if verdict else None,
        "reason": verdict.reason if verdict else None,
        "p_value": verdict.p_value if verdict else None,
        "regime": verdict.regime if verdict else None,
        "compared_with": explanation.compared_with if explanation.bands is not None else None,
        "bands": explanation.bands,
        "picture": str(out) if out else None,
    }
