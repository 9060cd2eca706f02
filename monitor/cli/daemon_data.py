"""Where a command that looks in finds the daemon's data."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from asd_monitor.monitor.cli.options import config_option, data_option
from asd_monitor.monitor.config import load_config
from asd_monitor.monitor.folders import data_dir
from asd_monitor.monitor.systemd_units import CONFIG, state_directory

F = TypeVar("F", bound=Callable[..., Any])


def daemon_data_options(function: F) -> F:
    """``--config`` and ``--data-dir``, which the command gets as one folder, ``data``."""

    @functools.wraps(function)
    def with_data(*, config: Path | None, data_dir_option: Path | None, **others: Any) -> Any:  # noqa: ANN401
        return function(data=find_data(data_dir_option, config=config), **others)

    return config_option(data_option(with_data))  # type: ignore[return-value]


def find_data(option: Path | None, *, config: Path | None) -> Path:
    """The data folder of the daemon that runs by a configuration.

    Args:
        option: the folder, where it is named.
        config: the configuration, where it is. One that names no folder and lies in
            ``/etc/asd-monitor`` is a service's, whose folder systemd has made.

    Raises:
        ConfigurationError: the configuration cannot be used.
    """
    if option is not None or config is None:
        return data_dir(option)
    configured = load_config(config).node.data_dir
    if configured is None and "STATE_DIRECTORY" not in os.environ:
        configured = _of_service(config.absolute())
    return data_dir(configured)


def _of_service(config: Path) -> Path | None:
    instance = None if config == CONFIG else config.stem
    return state_directory(instance) if config.parent == CONFIG.parent else None
