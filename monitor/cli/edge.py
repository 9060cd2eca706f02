"""The edge: the one place where errors of the domain become a sentence and an exit code."""

import click

from asd_monitor.models.errors import (
    AsdMonitorError,
    AudioError,
    BrokerError,
    BundleError,
    BusyError,
    CalibrationError,
    ConfigurationError,
    DeliveryError,
    DeviceError,
    InsufficientSoundError,
    LabelError,
)

FAILURE = 1
USAGE = 2
CONFIGURATION = 78
INTERRUPTED = 130

EXIT_CODES: dict[type[AsdMonitorError], int] = {
    AudioError: USAGE,
    LabelError: USAGE,
    DeviceError: USAGE,
    InsufficientSoundError: USAGE,
    BrokerError: FAILURE,
    BusyError: FAILURE,
    DeliveryError: FAILURE,
    BundleError: CONFIGURATION,
    CalibrationError: CONFIGURATION,
    ConfigurationError: CONFIGURATION,
}


def exit_code(error: AsdMonitorError) -> int:
    """The exit code that an error of the domain stands for."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), FAILURE)


def run(command: click.Command) -> int:
    """Run a command and turn the way it ended into an exit code.

    Returns:
        0 for success, 1 for a failure of the outside world, 2 for wrong usage or input, 78 for a
        bad configuration, bundle or calibration, 130 after Ctrl-C.
    """
    try:
        result = command.main(prog_name="asd-monitor", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        click.echo(_complaint(error), err=True)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except AsdMonitorError as error:
        click.echo(f"asd-monitor: {error}", err=True)
        return exit_code(error)
    return result if isinstance(result, int) else 0


def _complaint(error: click.ClickException) -> str:
    """What click has to say, on one line and with the way to the help; the help itself as it is."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error.format_message()
    sentence = f"asd-monitor: {' '.join(error.format_message().split())}".rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{sentence} (see {context.command_path} --help)" if context else sentence
