"""Which options of `asd-monitor calibrate` go together."""

import click

from asd_monitor.calibrate.normal.pooling_choice import AUTO
from asd_monitor.models.errors import ConfigurationError
from asd_monitor.models.fusion import AND
from asd_monitor.models.pooling import parse_pooling
from asd_monitor.monitor.cli.options import is_given

_OF_RECORDINGS = (
    "bundle_path", "pooling", "combination", "nearest", "off_below_dbfs", "channel",
    "report_folder", "keep_all", "verifies",
)  # fmt: skip
_OF_SETTING = (
    "budget", "warning_budget", "rule", "pooling", "combination", "nearest", "off_below_dbfs",
    "keep_all", "report_folder",
)  # fmt: skip


def require_what_goes_together(context: click.Context) -> None:
    """Require that all options given are about one and the same job.

    Raises:
        UsageError: two are not, or a value is none that can be.
    """
    asked = context.params
    _require_one_kind_of_sound(context)
    if asked["verifies"]:
        _require_no_setting(context)
    if asked["bundle_path"] is not None and asked["out"] is None:
        raise click.UsageError(
            "--bundle needs --out: a machine's calibration is for its own bundle"
        )
    if asked["pooling"] not in {None, AUTO}:
        _check_pooling(asked["pooling"])


def _require_one_kind_of_sound(context: click.Context) -> None:
    if context.params["from_history"]:
        given = [name for name in _OF_RECORDINGS if is_given(name)]
        if context.params["paths"] or given:
            raise click.UsageError(
                "--from-history takes the scores of the store: neither PATH nor --bundle, "
                "--pooling, --combine, --cohort, --off-below, --channel, --report, --keep-all or "
                "--verify go with it"
            )
    elif not context.params["paths"]:
        raise click.UsageError("Missing argument 'PATH...'; or give --from-history")
    elif is_given("since_s"):
        raise click.UsageError("--since goes with --from-history")


def _require_no_setting(context: click.Context) -> None:
    for parameter in context.command.params:
        if parameter.name in _OF_SETTING and is_given(parameter.name):
            raise click.UsageError(
                f"{parameter.opts[0]} is about setting thresholds, and --verify leaves them alone"
            )


def _check_pooling(pooling: str) -> None:
    try:
        for each in pooling.split(AND):
            parse_pooling(each)
    except ConfigurationError as error:
        raise click.BadParameter(str(error), param_hint="--pooling") from error
