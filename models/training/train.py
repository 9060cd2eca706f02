"""From recordings of normal sound to a bundle."""

import importlib.util
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from asd_monitor.models.bundle import Bundle, Member
from asd_monitor.models.detector import detector_class, member_kinds
from asd_monitor.models.errors import AudioError, ConfigurationError, InsufficientSoundError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.provenance import Provenance, Stretch
from asd_monitor.models.recordings import (
    Recording,
    file_sha256,
    find_recordings,
    group_sessions,
    open_recording,
)
from asd_monitor.models.same_sound import sound_sha256
from asd_monitor.models.timestamps import format_utc, utc_now
from asd_monitor.models.training.features import FeatureReader
from asd_monitor.models.training.frame_file import FrameFile
from asd_monitor.models.training.mel import mel_filters
from asd_monitor.models.training.progress import FileRead, SoundSkipped, TrainingProgress
from asd_monitor.models.training.settings import STOPPING_SHARE, TrainingSettings
from asd_monitor.models.training.sound import FitReport, TrainingSound
from asd_monitor.models.training.split import Role, Span, split_by_time
from asd_monitor.models.training.standardise import fit_standardiser, standardise

FITTED_S_MIN = 30.0
"""Less sound than this to fit on describes no machine."""

Report = Callable[[TrainingProgress], None]


@dataclass(frozen=True, slots=True, eq=False)
class _ReadSpan:
    """A span that training uses, and how long the sound in it is, at least one run of frames."""

    span: Span
    seconds: float


def train(
    recordings: Sequence[Path | Sequence[Path]], settings: TrainingSettings, progress: Report
) -> Bundle:
    """Train a detector on recordings of a machine that runs normally.

    The order of the files' names is taken for the order of time, but for sessions that `record`
    wrote, which know their own. The last part, ``settings.hold_out``, is not looked at. Each
    folder is split by itself, for it may be of another machine, and so is each sequence of files;
    single files are split together.
    A file that cannot be read or is faulty is reported and left out.

    Args:
        recordings: sound files, folders of them, and sequences of files that belong together.
        settings: what to train and how.
        progress: told of every file read or skipped and of every epoch.

    Returns:
        The bundle, not yet saved.

    Raises:
        AudioError: a path does not exist, or nothing in it can be read.
        InsufficientSoundError: there is too little sound.
        ConfigurationError: a setting is out of range, a package that only training needs is not
            installed, or the disk is full.
        AsdMonitorError: the loss became infinite or NaN.
    """
    _require_training_packages()
    features = FeatureConfig()
    filters = mel_filters(features)
    spans = [
        span
        for group in _open_all(recordings, progress)
        for span in split_by_time(
            group,
            stopping=STOPPING_SHARE,
            hold_out=settings.hold_out,
            block=settings.block,
        )
    ]
    reader = FeatureReader(features, filters, channel=settings.channel, on_skipped=progress)
    with _frame_file(features, settings) as first, _frame_file(features, settings) as second:
        files = {Role.FITTED: first, Role.STOPPING: second}
        used = _read_all(spans, reader, files, progress)
        _require_enough(used, settings)
        fitted, stopping = first.runs(), second.runs()
    standardiser = fit_standardiser(fitted)
    for runs in (fitted, stopping):
        standardise(runs, standardiser)
    sound = TrainingSound(
        features=features, fitted=fitted, stopping=stopping, std_db=standardiser.std
    )
    fits = [
        detector_class(kind).fit(sound, settings, progress)
        for kind in member_kinds(settings.detector)
    ]
    return Bundle(
        members=tuple(Member(detector, standardiser) for detector, _ in fits),
        features=features,
        mel_filters=filters,
        provenance=_provenance(used, settings, fits[0][1]),
    )


def _require_training_packages() -> None:
    packages = {module: module for module in ("torch", "librosa", "numba")}
    packages["sklearn"] = "scikit-learn"
    missing = [name for module, name in packages.items() if not importlib.util.find_spec(module)]
    if missing:
        raise ConfigurationError(f"training needs {', '.join(missing)}; install asd-monitor[train]")


def _open_all(paths: Sequence[Path | Sequence[Path]], progress: Report) -> list[list[Recording]]:
    """Open what can be opened, each group in the order of time; report the rest."""
    groups = [
        [recording for path in group if (recording := _opened(path, progress))]
        for group in _groups(paths)
    ]
    if not any(groups):
        raise AudioError("none of the recordings can be read; name others")
    return [
        [recording for session in group_sessions(group) for recording in session]
        for group in groups
        if group
    ]


def _groups(paths: Sequence[Path | Sequence[Path]]) -> Iterator[list[Path]]:
    """The files of each folder and sequence, and those named one by one; each file once."""
    single = [path for path in paths if isinstance(path, Path) and not path.is_dir()]
    together = [[path] if isinstance(path, Path) else path for path in paths if path not in single]
    known: set[Path] = set()
    for group in (*together, single):
        files = find_recordings(group) if group else []
        yield [file for file in files if file.resolve() not in known]
        known.update(file.resolve() for file in files)


def _opened(path: Path, progress: Report) -> Recording | None:
    try:
        return open_recording(path)
    except AudioError as error:
        progress(SoundSkipped(path, str(error)))
        return None


def _frame_file(features: FeatureConfig, settings: TrainingSettings) -> FrameFile:
    """Features go to the bundle's disk: what the system has for temporary files may be memory."""
    parents = settings.checkpoint.absolute().parents if settings.checkpoint else ()
    folder = next((each for each in parents if each.is_dir()), Path(tempfile.gettempdir()))
    return FrameFile(n_mels=features.n_mels, folder=folder)


def _read_all(
    spans: Sequence[Span],
    reader: FeatureReader,
    files: Mapping[Role, FrameFile],
    progress: Report,
) -> list[_ReadSpan]:
    wanted = [span for span in spans if span.role in files]
    used: list[_ReadSpan] = []
    for n_read, span in enumerate(wanted, start=1):
        if runs := reader.read(span):
            for run in runs:
                files[span.role].append(run)
            used.append(_ReadSpan(span, reader.seconds(runs)))
        progress(FileRead(span.recording.path, n_read, len(wanted)))
    return used


def _require_enough(used: Sequence[_ReadSpan], settings: TrainingSettings) -> None:
    fitted_s = _seconds(used, Role.FITTED)
    if fitted_s < FITTED_S_MIN or not _seconds(used, Role.STOPPING):
        raise InsufficientSoundError(
            f"there are {fitted_s:.0f} s of usable normal sound to fit on, and training needs "
            f"{FITTED_S_MIN:.0f} s and some more to choose the epoch by; record at least "
            f"{FITTED_S_MIN / settings.fitted_share:.0f} s in all, better ten minutes"
        )


def _seconds(used: Sequence[_ReadSpan], role: Role) -> float:
    return sum(read.seconds for read in used if read.span.role is role)


def _provenance(
    used: Sequence[_ReadSpan], settings: TrainingSettings, report: FitReport
) -> Provenance:
    packages = ("asd-monitor", "numpy", "torch", "librosa", "numba", "scikit-learn")
    return Provenance(
        created_at=format_utc(utc_now()),
        seed=settings.seed,
        versions={"python": platform.python_version()} | {name: version(name) for name in packages},
        fitted_s=_seconds(used, Role.FITTED),
        stopping_s=_seconds(used, Role.STOPPING),
        nll_fitted=report.nll_fitted,
        nll_held_out=report.nll_held_out,
        epochs=report.epochs,
        stretches=tuple(_stretch(read.span) for read in used),
    )


def _stretch(span: Span) -> Stretch:
    return Stretch(
        sha256=file_sha256(span.recording.path),
        name=span.recording.path.name,
        first_sample=span.first_sample,
        n_samples=span.n_samples,
        role=str(span.role),
        sound=sound_sha256(span.recording),
    )
