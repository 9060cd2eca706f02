"""A trained detector in one file (safetensors), with all that is needed to score sound with it.

The file's metadata holds one JSON document: schema, kinds, hyper-parameters, feature
configuration, provenance, and the SHA-256 of the whole file with that digest's own place filled
with zeros. A file that differs from what was written in a single bit is refused, and nothing in
a bundle can execute.
"""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import safetensors.numpy
from numpy.typing import NDArray
from safetensors import SafetensorError

from asd_monitor.models.batch import ScoringBatch
from asd_monitor.models.detector import AnyDetector, Tensors, detector_class, detector_kinds
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from asd_monitor.models.files import write_atomically
from asd_monitor.models.provenance import Provenance, Stretch
from asd_monitor.models.standardiser import Standardiser

__all__ = [
    "Bundle",
    "Member",
    "Provenance",
    "Standardiser",
    "Stretch",
    "load_bundle",
    "save_bundle",
]

SCHEMA = 1
DETECTOR_PREFIX = "detector."
_METADATA_KEY = "asd_monitor"
_NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One detector of a bundle.

    Attributes:
        detector: scores context windows or clips.
        standardiser: of the log-mel frames: in its units the detector was fitted.
        batch: gathers the windows of all machines that it judges.
    """

    detector: AnyDetector
    standardiser: Standardiser
    batch: ScoringBatch = field(default_factory=ScoringBatch, repr=False)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bundle:
    """One or several detectors with their feature configuration, ready to score.

    How the scores of several become one is the calibration's business, for it depends on the
    machine (`asd_monitor.models.fusion`).

    Attributes:
        members: the detectors, at least one.
        features: how samples become frames and windows, for all of them.
        mel_filters: float32 ``(n_mels, n_fft // 2 + 1)``.
        provenance: where it comes from.
        fingerprint: SHA-256 of the file, hexadecimal; empty until saved.
    """

    members: tuple[Member, ...]
    features: FeatureConfig
    mel_filters: NDArray[np.float32]
    provenance: Provenance
    fingerprint: str = ""

    @property
    def kind(self) -> str:
        """The kinds of its detectors, such as ``group-made+spectral``."""
        return "+".join(member.detector.kind for member in self.members)


class _MemberMetadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: str
    hyperparameters: dict[str, Any]


class _Metadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema: int = SCHEMA
    digest: str
    members: tuple[_MemberMetadata, ...]
    features: FeatureConfig
    provenance: Provenance


class _Schema(msgspec.Struct, frozen=True):
    schema: int


class _Header(msgspec.Struct, frozen=True):
    """What is needed of a safetensors header, which stands before the tensors."""

    metadata: dict[str, str] = msgspec.field(name="__metadata__")


def save_bundle(bundle: Bundle, path: Path) -> Bundle:
    """Write a bundle, whole or not at all; its folder is made where it is missing.

    Returns:
        The bundle with the fingerprint of the file.

    Raises:
        BundleError: the file cannot be written.
    """
    data = _serialise(bundle)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise BundleError(
            f"cannot write the bundle {path}: {error.strerror}; choose a folder you may write to"
        ) from error
    return replace(bundle, fingerprint=hashlib.sha256(data).hexdigest())


def load_bundle(path: Path) -> Bundle:
    """Read a bundle that `save_bundle` wrote.

    Raises:
        BundleError: the file is missing, no bundle, damaged, of another schema, of an unknown
            kind, or inconsistent; one sentence that names the file and the remedy.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"cannot read the bundle {path}: {error.strerror}; train one, or name another file"
        ) from error
    try:
        return _deserialise(data)
    except BundleError as error:
        raise BundleError(f"cannot use the bundle {path}: {error}") from error


def _serialise(bundle: Bundle) -> bytes:
    metadata = _Metadata(
        digest=_NO_DIGEST,
        members=tuple(
            _MemberMetadata(
                kind=member.detector.kind, hyperparameters=member.detector.hyperparameters()
            )
            for member in bundle.members
        ),
        features=bundle.features,
        provenance=bundle.provenance,
    )
    data = safetensors.numpy.save(
        {name: np.ascontiguousarray(tensor) for name, tensor in _tensors(bundle).items()},
        {_METADATA_KEY: msgspec.json.encode(metadata).decode()},
    )
    return data.replace(_NO_DIGEST.encode(), hashlib.sha256(data).hexdigest().encode(), 1)


def _tensors(bundle: Bundle) -> dict[str, NDArray[Any]]:
    tensors: dict[str, NDArray[Any]] = {"mel_filters": bundle.mel_filters}
    for index, member in enumerate(bundle.members):
        prefix = _prefix(index)
        tensors[prefix + "standardiser.mean"] = member.standardiser.mean
        tensors[prefix + "standardiser.std"] = member.standardiser.std
        for name, tensor in member.detector.tensors().items():
            tensors[prefix + DETECTOR_PREFIX + name] = tensor
    return tensors


def _prefix(index: int) -> str:
    return f"members.{index}."


def _deserialise(data: bytes) -> Bundle:
    document = _document(data)
    metadata = _metadata(document)
    _require_intact(data, metadata.digest)
    try:
        tensors = safetensors.numpy.load(data)
    except SafetensorError as error:
        raise BundleError(f"its tensors cannot be read ({error}); train it again") from error
    return _assemble(metadata, tensors, hashlib.sha256(data).hexdigest())


def _document(data: bytes) -> bytes:
    """The metadata's JSON document."""
    length = int.from_bytes(data[:8], "little")
    try:
        header = msgspec.json.decode(data[8 : 8 + length], type=_Header)
        return header.metadata[_METADATA_KEY].encode()
    except (msgspec.DecodeError, UnicodeError, KeyError) as error:
        raise BundleError(
            "it is no asd-monitor bundle, or a damaged one; copy it again or train it again"
        ) from error


def _metadata(document: bytes) -> _Metadata:
    try:
        schema = msgspec.json.decode(document, type=_Schema).schema
        if schema == SCHEMA:
            return msgspec.json.decode(document, type=_Metadata)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BundleError(
            f"its metadata is damaged ({error}); copy it again or train it again"
        ) from error
    raise BundleError(
        f"it has schema {schema} and this version of asd-monitor reads schema {SCHEMA}; "
        "install the version that wrote it or train it again"
    )


def _require_intact(data: bytes, digest: str) -> None:
    blank = data.replace(digest.encode(), _NO_DIGEST.encode(), 1)
    if len(digest) != len(_NO_DIGEST) or hashlib.sha256(blank).hexdigest() != digest:
        raise BundleError("it is damaged, its checksum is wrong; copy it again or train it again")


def _assemble(metadata: _Metadata, tensors: Tensors, fingerprint: str) -> Bundle:
    features = metadata.features
    _require_usable(features)
    if not metadata.members:
        raise BundleError("it holds no detector; train it again")
    mel_filters = _tensor(tensors, "mel_filters", (features.n_mels, features.n_fft // 2 + 1))
    return Bundle(
        members=tuple(
            _member(member, _of_member(tensors, index), features)
            for index, member in enumerate(metadata.members)
        ),
        features=features,
        mel_filters=mel_filters,
        provenance=metadata.provenance,
        fingerprint=fingerprint,
    )


def _of_member(tensors: Tensors, index: int) -> Tensors:
    prefix = _prefix(index)
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _member(metadata: _MemberMetadata, tensors: Tensors, features: FeatureConfig) -> Member:
    if metadata.kind not in detector_kinds():
        raise BundleError(
            f"its detector is of the unknown kind {metadata.kind!r}, not one of "
            f"{', '.join(detector_kinds())}; install the version that wrote it"
        )
    mean, std = (
        _tensor(tensors, f"standardiser.{name}", (features.n_mels,)) for name in ("mean", "std")
    )
    if not (std > 0).all():
        raise BundleError("its standardiser has a deviation that is not positive; train it again")
    of_detector = {
        name.removeprefix(DETECTOR_PREFIX): tensor
        for name, tensor in tensors.items()
        if name.startswith(DETECTOR_PREFIX)
    }
    detector = detector_class(metadata.kind).from_tensors(
        of_detector, metadata.hyperparameters, features
    )
    return Member(detector, Standardiser(mean, std))


def _require_usable(features: FeatureConfig) -> None:
    sizes = (features.sample_rate_hz, features.n_fft, features.hop_length, features.n_mels)
    if min(*sizes, features.n_frames) < 1 or not features.epsilon > 0:
        raise BundleError(f"its feature configuration is impossible ({features}); train it again")


def _tensor(tensors: Tensors, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    tensor = tensors.get(name)
    if tensor is None or tensor.shape != shape or tensor.dtype != np.float32:
        raise BundleError(f"it lacks a float32 tensor {name} of shape {shape}; train it again")
    if not np.isfinite(tensor).all():
        raise BundleError(f"its tensor {name} holds values that are not finite; train it again")
    return tensor
