"""`asd-monitor train`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from asd_monitor.models.bundle import Bundle, save_bundle
from asd_monitor.models.detector import (
    ENSEMBLE,
    ENSEMBLE_KINDS,
    detector_kinds,
    settings_of,
)
from asd_monitor.models.masks import ordering_names
from asd_monitor.models.recordings import find_recordings
from asd_monitor.models.siblings import FOLDER
from asd_monitor.models.training.blocks import MAX_BLOCKS, MIN_BLOCKS
from asd_monitor.models.training.settings import (
    GAIN_RANGE_DB,
    HOLD_OUT_MAX,
    ErrorScore,
    TrainingSettings,
)
from asd_monitor.models.training.unfinished import discard_unfinished, unfinished_path
from asd_monitor.monitor.cli.console import note
from asd_monitor.monitor.cli.next_step import place_options, suggest
from asd_monitor.monitor.cli.options import (
    channel_option,
    is_given,
    machine_options,
    recordings_argument,
)
from asd_monitor.monitor.cli.targets import cannot_write, require_writable
from asd_monitor.monitor.cli.training import train_bundle
from asd_monitor.monitor.cli.widths import WidthsType
from asd_monitor.monitor.folders import MachineFolder, data_dir, set_aside


@click.command("train")
@recordings_argument
@machine_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the bundle here instead of into the machine's folder.",
)
@click.option(
    "--detector",
    type=click.Choice([ENSEMBLE, *detector_kinds()]),
    default=ENSEMBLE,
    show_default=True,
    help=f"Kind of detector; {ENSEMBLE} is {' and '.join(ENSEMBLE_KINDS)} together.",
)
@click.option(
    "--ordering",
    type=click.Choice(ordering_names()),
    default="idnn",
    show_default=True,
    help="Which frame is conditioned on which.",
)
@click.option(
    "--components",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    help="Gaussians per mel band; 1 is a single Gaussian.",
)
@click.option(
    "--hidden",
    type=WidthsType(),
    help="Widths of the hidden layers, such as 64,32,16,32,64, instead of the published ones.",
)
@click.option(
    "--score",
    type=click.Choice([str(score) for score in ErrorScore]),
    default=str(ErrorScore.MSE),
    show_default=True,
    help="How an autoencoder's error becomes its score.",
)
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    default=100,
    show_default=True,
    help="At most so many; training stops when held-out sound gets no better.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all random draws."
)
@click.option(
    "--hold-out",
    type=click.FloatRange(0, HOLD_OUT_MAX),
    default=0.3,
    show_default=True,
    help="Share of the sound, the latest of each folder, left untouched for calibration.",
)
@click.option(
    "--cross-fit",
    "n_blocks",
    type=click.IntRange(MIN_BLOCKS, MAX_BLOCKS),
    metavar="K",
    help="Train on all of the sound, and K sibling networks besides, each without one of K blocks "
    "of time, by which `calibrate` can use all of it, too; takes K + 1 times as long. Holds out "
    "nothing unless --hold-out is given.",
)
@click.option(
    "--gain-range",
    type=click.FloatRange(0, 40),
    default=GAIN_RANGE_DB,
    show_default=True,
    help="Random gain in dB, up and down, that the detector learns to ignore; 0 for none.",
)
@channel_option
def command(
    *,
    paths: tuple[Path, ...],
    machine: str,
    data_dir_option: Path | None,
    out: Path | None,
    detector: str,
    ordering: str,
    components: int,
    hidden: tuple[int, ...] | None,
    score: str,
    epochs: int,
    seed: int,
    hold_out: float,
    n_blocks: int | None,
    gain_range: float,
    channel: int | None,
) -> None:
    """Learn the normal sound of a machine from recordings of it running normally.

    The last part of the sound is left out for `calibrate`, which needs sound that training has
    not seen; with separate recordings for that, give --hold-out 0, and with little sound in all,
    --cross-fit 5.

    What was interrupted goes on where it stopped when the same command is given again.

    \b
    Examples:
      asd-monitor train normal/
      asd-monitor train normal/ --out pump.safetensors --seed 1
      asd-monitor train normal/ --cross-fit 5
    """
    _require_concerned(detector)
    if n_blocks is not None and not is_given("hold_out"):
        hold_out = 0.0
    find_recordings(paths)
    target = out or MachineFolder.of(machine, data=data_dir(data_dir_option)).bundle
    require_writable(target)
    settings = TrainingSettings(
        detector=detector,
        ordering=ordering,
        components=components,
        hidden=hidden,
        score=ErrorScore(score),
        epochs=epochs,
        seed=seed,
        hold_out=hold_out,
        gain_range_db=gain_range,
        channel=channel,
        checkpoint=unfinished_path(target),
    )
    begun_s = time.monotonic()
    with _saying_how_to_go_on(target):
        bundle = train_bundle(paths, settings, target, n_blocks=n_blocks)
    saved = _save(bundle, target, keep_older=out is None)
    _tell(saved, target, seconds=time.monotonic() - begun_s)
    if out:
        suggest("calibrate", *paths, "--bundle", out, "--out", out.with_suffix(".json"))
    else:
        suggest("calibrate", *paths, *place_options(machine, data_dir_option))


@contextmanager
def _saying_how_to_go_on(target: Path) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        if unfinished_path(target).exists():
            note("the same command goes on after the last finished pass")
        raise


def _save(bundle: Bundle, target: Path, *, keep_older: bool) -> Bundle:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        older = set_aside(target, now=datetime.now(UTC)) if keep_older else None
        saved = save_bundle(bundle, target)
        discard_unfinished(target)
    except OSError as error:
        raise cannot_write(target, error) from error
    if older is not None:
        note(f"the bundle before is kept as {older}")
    return saved


def _tell(saved: Bundle, target: Path, *, seconds: float) -> None:
    known = saved.provenance
    click.echo(f"bundle       {target}")
    click.echo(f"fingerprint  {saved.fingerprint}")
    click.echo(
        f"sound        {known.fitted_s:.0f} s fitted, {known.stopping_s:.0f} s to choose the epoch"
    )
    if known.siblings:
        click.echo(f"siblings     {len(known.siblings)}, in {target.parent / FOLDER}")
    click.echo(
        f"score        {known.nll_fitted:.4f} on fitted, {known.nll_held_out:.4f} on held-out "
        f"sound, after {known.epochs} {'pass' if known.epochs == 1 else 'passes'}"
    )
    click.echo(f"time         {seconds:.0f} s")


def _require_concerned(detector: str) -> None:
    """Require that every option given for some detectors concerns the chosen one.

    Raises:
        UsageError: one does not.
    """
    asked, concerned = click.get_current_context().params, settings_of(detector)
    of_some = frozenset[str]().union(*(settings_of(kind) for kind in detector_kinds()))
    for name in sorted((of_some - concerned) & asked.keys()):
        if is_given(name):
            raise click.UsageError(f"--{name} does not concern the detector {detector}")
