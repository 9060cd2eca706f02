"""Options that several commands share, so that they mean the same everywhere."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from asd_monitor.calibrate.budget import Budget, parse_budget
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.folders import DEFAULT_MACHINE, check_machine_id
from asd_monitor.monitor.mqtt.settings import parse_broker

F = TypeVar("F", bound=Callable[..., Any])

_UNITS_S = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class DurationType(click.ParamType[float]):
    """A length of time such as ``90s``, ``30m`` or ``1.5h``, in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Parse it, or say what would parse."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)", str(value).strip())
        seconds = float(match[1]) * _UNITS_S[match[2]] if match else 0.0
        if seconds <= 0:
            self.fail(f"{value!r} is not a duration; write 90s, 30m or 1.5h", param, ctx)
        return seconds


class BudgetType(click.ParamType[Budget]):
    """A false-alarm budget such as ``1/week``."""

    name = "budget"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Budget:
        """Parse it, or say what would parse."""
        if isinstance(value, Budget):
            return value
        try:
            return parse_budget(str(value))
        except ConfigurationError as error:
            self.fail(str(error), param, ctx)


class MachineType(click.ParamType[str]):
    """The id of a machine."""

    name = "id"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Check its characters."""
        try:
            return check_machine_id(str(value))
        except ConfigurationError as error:
            self.fail(str(error), param, ctx)


class BrokerType(click.ParamType[tuple[str, int]]):
    """The address of a broker, ``host`` or ``host:port``."""

    name = "host[:port]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Take it apart, or say how to write one."""
        try:
            return parse_broker(str(value))
        except ConfigurationError as error:
            self.fail(str(error), param, ctx)


def recordings_argument(function: F) -> F:
    """``PATH...``: recordings and folders of them."""
    return click.argument(
        "paths",
        metavar="PATH...",
        nargs=-1,
        required=True,
        type=click.Path(path_type=Path),
    )(function)


def data_option(function: F) -> F:
    """``--data-dir``."""
    return click.option(
        "--data-dir",
        "data_dir_option",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of machines and store.  [default: $STATE_DIRECTORY, else the XDG data folder]",
    )(function)


def machine_options(function: F) -> F:
    """``--machine`` and ``--data-dir``."""
    function = data_option(function)
    return click.option(
        "--machine",
        type=MachineType(),
        default=DEFAULT_MACHINE,
        show_default=True,
        help="The machine whose folder holds bundle and calibration.",
    )(function)


def channel_option(function: F) -> F:
    """``--channel``."""
    return click.option(
        "--channel",
        type=click.IntRange(min=0),
        help="Channel to use, counted from 0.  [default: the mean of all]",
    )(function)


def config_option(function: F) -> F:
    """``--config``."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration file (TOML).",
    )(function)


def file_options(function: F) -> F:
    """``--bundle`` and ``--calibration``."""
    function = click.option(
        "--calibration",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Calibration to use instead of the machine's.",
    )(function)
    return click.option(
        "--bundle",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Bundle to use instead of the machine's.",
    )(function)


def is_given(name: str) -> bool:
    """Whether an option of the present command was given, rather than left at its default."""
    source = click.get_current_context().get_parameter_source(name)
    return source is not ParameterSource.DEFAULT
