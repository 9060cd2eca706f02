"""The broker that a command is to speak with: from a configuration, or named by an option."""

from dataclasses import replace
from pathlib import Path

import click

from asd_monitor.monitor.config import Config, load_config


def config_with_broker(mqtt: tuple[str, int] | None, config: Path | None) -> Config:
    """The configuration, with the broker of ``--mqtt`` in it where that is given.

    Raises:
        UsageError: neither is given.
        ConfigurationError: the configuration cannot be used.
    """
    if mqtt is None and config is None:
        raise click.UsageError("give --mqtt or --config, so that the broker is known")
    settings = load_config(config) if config else Config()
    if mqtt is None:
        return settings
    host, port = mqtt
    return replace(settings, mqtt=replace(settings.mqtt, host=host, port=port))
