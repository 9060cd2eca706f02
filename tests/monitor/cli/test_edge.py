import click
import pytest

from asd_monitor.models import errors
from asd_monitor.monitor.cli import edge


def command_that_raises(error: BaseException) -> click.Command:
    def fail() -> None:
        raise error

    return click.Command("fail", callback=fail)


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["asd-monitor"])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.AudioError, 2),
        (errors.DeviceError, 2),
        (errors.InsufficientSoundError, 2),
        (errors.BrokerError, 1),
        (errors.BusyError, 1),
        (errors.BundleError, 78),
        (errors.CalibrationError, 78),
        (errors.ConfigurationError, 78),
        (errors.AsdMonitorError, 1),
    ],
)
def test_an_error_of_the_domain_is_its_sentence_and_its_exit_code(
    kind: type[errors.AsdMonitorError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edge.run(command_that_raises(kind("the pump is off; switch it on"))) == code
    assert capsys.readouterr() == ("", "asd-monitor: the pump is off; switch it on\n")


def test_every_error_of_the_domain_has_an_exit_code_of_its_own_choice() -> None:
    kinds = set(errors.AsdMonitorError.__subclasses__())
    assert kinds
    assert kinds == set(edge.EXIT_CODES)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_130(error: BaseException, capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.run(command_that_raises(error)) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "interrupted"


def test_wrong_usage_is_one_line_that_leads_to_the_help(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = click.UsageError("give one of these:\n  a\n  b.")
    assert edge.run(command_that_raises(error)) == 2
    said = capsys.readouterr().err
    assert said == "asd-monitor: give one of these: a b (see asd-monitor --help)\n"


def test_a_fault_of_the_program_is_not_dressed_up_as_one_of_its_user() -> None:
    with pytest.raises(ZeroDivisionError):
        edge.run(command_that_raises(ZeroDivisionError()))


def test_the_exit_code_is_what_the_command_returns() -> None:
    assert edge.run(click.Command("two", callback=lambda: 2)) == 2
    assert edge.run(click.Command("nothing", callback=lambda: None)) == 0
