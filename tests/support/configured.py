"""Configuration files for `run` and `check` that need no microphone."""

from pathlib import Path

from asd_monitor.monitor.folders import MachineFolder

CONFIGURATION = """\
[node]
name = "hall"

[[machine]]
id = "pump"
source = "files"
paths = ["{recordings}"]
speed = "{speed}"
bundle = "{model.bundle}"
calibration = "{model.calibration}"
"""


def configure(
    folder: Path,
    *,
    model: MachineFolder,
    recordings: Path,
    speed: str = "max",
    broker_port: int | None = None,
) -> Path:
    """Write a configuration that listens to recordings, with a broker on this host or none."""
    text = CONFIGURATION.format(model=model, recordings=recordings, speed=speed)
    if broker_port is not None:
        text += f'\n[mqtt]\nhost = "127.0.0.1"\nport = {broker_port}\n'
    path = folder / "asd-monitor.toml"
    path.write_text(text)
    return path
