"""Train, calibrate and replay on the recordings beside the project, through the command line.

    .venv/bin/python -m benchmarks.recordings plant [--bundle FILE]
    .venv/bin/python -m benchmarks.recordings fan [--bundle FILE]

Prints the area under the ROC curve per kind of anomaly and the alarms on normal sound beside those
that the calibration promised. The recordings stay where they are.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from benchmarks.mixtures import DATA, has_recordings

COMMAND = [sys.executable, "-m", "asd_monitor.monitor.cli.main"]
FAN_FITTED = 50


def main() -> int:
    """Run one of the two measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["plant", "fan"])
    parser.add_argument("--bundle", type=Path, help="Score with this instead of training.")
    parser.add_argument("--budget", default="1/10min")
    arguments = parser.parse_args()
    if not has_recordings():
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        fitted, calibrate, test, hold_out = plan(arguments.what)
        bundle = arguments.bundle or train(fitted, Path(scratch), hold_out)
        report(bundle, calibrate, test, arguments.budget, Path(scratch) / "calibration.json")
    return 0


def plan(what: str) -> tuple[list[str], list[str], list[str], float]:
    """What to train on, to calibrate on and to replay, and the share that training leaves out."""
    if what == "plant":
        normal = [str(DATA / "plant" / "train")]
        return normal, normal, [str(DATA / "plant" / "test")], 0.3
    clips = sorted((DATA / "fan" / "train").iterdir()) + sorted((DATA / "fan" / "test").iterdir())
    normal = [str(path) for path in clips if "normal" in path.name]
    anomalies = [str(path) for path in clips if "anomaly" in path.name]
    rest = normal[FAN_FITTED:]
    return normal[:FAN_FITTED], rest, [*rest, *anomalies], 0.0


def train(paths: list[str], folder: Path, hold_out: float) -> Path:
    """Train the default detector; returns the bundle."""
    bundle = folder / "bundle.safetensors"
    begun_s = time.monotonic()
    print(run_command("train", *paths, "--out", str(bundle), "--hold-out", str(hold_out)))
    print(f"trained in {time.monotonic() - begun_s:.0f} s\n")
    return bundle


def report(bundle: Path, normal: list[str], test: list[str], budget: str, limits: Path) -> None:
    """Calibrate, replay and print what came of it."""
    files = ["--bundle", str(bundle)]
    budgets = ["--budget", budget, "--warning-budget", budget]
    print(run_command("calibrate", *normal, *files, "--out", str(limits), *budgets))
    lines = run_command(
        "replay", *test, *files, "--calibration", str(limits), "--json"
    ).splitlines()
    records = [json.loads(line) for line in lines]
    groups: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        if record["type"] == "file":
            groups[_kind(record["file"])].append(record)
    normals = groups.pop("normal")
    seconds = sum(record["duration_s"] for record in normals)
    alarms = sum(record["severity"] == "critical" for record in normals)
    print(f"\nnormal: {alarms} of {len(normals)} files alarm in {seconds / 60:.1f} min")
    for kind, anomalies in sorted(groups.items()):
        scores = [record["score"] for record in [*normals, *anomalies]]
        area = roc_auc_score([0] * len(normals) + [1] * len(anomalies), scores)
        found = sum(record["severity"] == "critical" for record in anomalies)
        print(f"{kind}: AUC {area:.4f}, {found} of {len(anomalies)} files alarm")


def _kind(path: str) -> str:
    """``anomaly_slow`` of ``anomaly_slow_0049.flac``; ``normal`` of ``normal_id_00_...``."""
    stem = Path(path).stem
    return "normal" if stem.startswith("normal") else stem.rsplit("_", 1)[0]


def run_command(*arguments: str) -> str:
    """Run the command line; returns what it printed.

    Raises:
        SystemExit: it failed.
    """
    result = subprocess.run(  # noqa: S603 - our own command line
        [*COMMAND, *arguments], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(
            f"asd-monitor {arguments[0]} ended with {result.returncode}:\n{result.stderr}"
        )
    return result.stdout.rstrip()


if __name__ == "__main__":
    sys.exit(main())
