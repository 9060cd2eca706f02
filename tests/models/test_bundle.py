"""A bundle comes back bit for bit, or not at all."""

import hashlib
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st

from asd_monitor.models import bundle as bundle_module
from asd_monitor.models.bundle import Bundle, Member, Standardiser, load_bundle, save_bundle
from asd_monitor.models.detectors.group_made import Architecture
from asd_monitor.models.errors import BundleError
from asd_monitor.models.features import FeatureConfig
from tests.support.bundles import mel_filters, random_group_made, tiny_bundle

SMALL = FeatureConfig(sample_rate_hz=8000, n_fft=256, hop_length=128, n_mels=8, n_frames=3)


def small_bundle() -> Bundle:
    """A bundle of 9 kB, small enough to be damaged hundreds of times."""
    return replace(
        tiny_bundle(),
        features=SMALL,
        mel_filters=mel_filters(SMALL),
        members=(small_member(),),
    )


def small_member(standardiser: Standardiser | None = None) -> Member:
    architecture = Architecture(ordering="lr", components=2, hidden=(4,))
    return Member(
        random_group_made(architecture, features=SMALL),
        standardiser or Standardiser(np.zeros(8, np.float32), np.ones(8, np.float32)),
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "bundle.safetensors"
    save_bundle(small_bundle(), path)
    return path


def refusal(path: Path, data: bytes) -> str:
    """The sentence with which a file of that content is refused."""
    path.write_bytes(data)
    with pytest.raises(BundleError) as refused:
        load_bundle(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("make", [tiny_bundle, small_bundle])
def test_round_trip_is_bit_exact(make: Callable[[], Bundle], tmp_path: Path) -> None:
    original = make()
    saved = save_bundle(original, tmp_path / "a.safetensors")
    loaded = load_bundle(tmp_path / "a.safetensors")
    assert loaded.features == original.features
    assert loaded.provenance == original.provenance
    assert loaded.kind == original.kind
    for read, written in zip(loaded.members, original.members, strict=True):
        assert read.detector.hyperparameters() == written.detector.hyperparameters()
    assert loaded.fingerprint == saved.fingerprint
    for name, tensor in bundle_module._tensors(original).items():
        assert bundle_module._tensors(loaded)[name].tobytes() == tensor.tobytes()


def test_saving_again_gives_the_same_file(saved: Path, tmp_path: Path) -> None:
    again = save_bundle(load_bundle(saved), tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == saved.read_bytes()
    assert again.fingerprint == load_bundle(saved).fingerprint


def test_the_fingerprint_is_the_files_sha256(saved: Path) -> None:
    digest = hashlib.sha256(saved.read_bytes()).hexdigest()
    assert load_bundle(saved).fingerprint == digest
    assert not small_bundle().fingerprint


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "machines" / "pump" / "bundle.safetensors"
    save_bundle(small_bundle(), path)
    assert load_bundle(path).features == SMALL


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    path = tmp_path / "file" / "bundle.safetensors"
    with pytest.raises(BundleError, match=re.escape(str(path))):
        save_bundle(small_bundle(), path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_flipped_bits_are_refused(saved: Path, data: st.DataObject) -> None:
    content = bytearray(saved.read_bytes())
    header = 8 + int.from_bytes(content[:8], "little")
    last = data.draw(st.sampled_from([7, header - 1, len(content) - 1]))
    bits = data.draw(st.sets(st.integers(0, 8 * last + 7), min_size=1, max_size=3))
    for bit in bits:
        content[bit // 8] ^= 1 << bit % 8
    refusal(saved.with_name("flipped.safetensors"), bytes(content))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_a_truncated_or_lengthened_file_is_refused(saved: Path, data: st.DataObject) -> None:
    content = saved.read_bytes()
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    refusal(saved.with_name("cut.safetensors"), cut)
    refusal(saved.with_name("cut.safetensors"), content + data.draw(st.binary(min_size=1)))


class Trap:
    """Tells if anybody unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a bundle was unpickled",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"This is not a bundle.\n",
        pickle.dumps({"weights": [1.0], "trap": Trap()}),
        (2**63).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        (20).to_bytes(8, "little") + b'{"__metadata__":[1]}',
        safetensors.numpy.save({"weight": np.zeros(3, np.float32)}),
        safetensors.numpy.save({"weight": np.zeros(3, np.float32)}, {"asd_monitor": "{}"}),
        safetensors.numpy.save({"weight": np.zeros(3, np.float32)}, {"asd_monitor": "[]"}),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    refusal(tmp_path / "other.safetensors", content)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.safetensors", tmp_path):
        with pytest.raises(BundleError, match=re.escape(str(path))):
            load_bundle(path)


def rewritten(monkeypatch: pytest.MonkeyPatch, change: str, to: str, bundle: Bundle) -> bytes:
    """A bundle with another metadata text and a checksum that is right."""
    encode = msgspec.json.encode

    def changed(metadata: object) -> bytes:
        document: bytes = encode(metadata)
        assert change.encode() in document
        return document.replace(change.encode(), to.encode())

    with monkeypatch.context() as patch:
        patch.setattr(msgspec.json, "encode", changed)
        return bundle_module._serialise(bundle)


@pytest.mark.parametrize(
    ("change", "to", "named"),
    [
        ('"schema":1', '"schema":2', "schema 2"),
        ('"schema":1', '"schema":"1"', "metadata"),
        ('"kind":"group-made"', '"kind":"crystal-ball"', "crystal-ball.*group-made"),
        ('"ordering":"lr"', '"ordering":"xy"', "xy"),
        ('"n_mels":8', '"n_mels":9', "mel_filters"),
        ('"n_mels":8', '"n_mels":0', "feature configuration"),
        ('"components":2', '"components":3', "tensor"),
        ('"seed":0', '"seed":null', "seed"),
        ('"schema":1', '"schema":1,"colour":"red"', "colour"),
    ],
)
def test_inconsistent_metadata_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, change: str, to: str, named: str
) -> None:
    data = rewritten(monkeypatch, change, to, small_bundle())
    assert re.search(named, refusal(tmp_path / "b.safetensors", data))


def not_finite(n: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.full(n, np.nan, np.float32)


@pytest.mark.parametrize(
    ("standardiser", "named"),
    [
        (Standardiser(np.zeros(8, np.float32), np.zeros(8, np.float32)), "not positive"),
        (Standardiser(not_finite(8), np.ones(8, np.float32)), "standardiser.mean"),
        (Standardiser(np.zeros(9, np.float32), np.ones(8, np.float32)), "standardiser.mean"),
    ],
)
def test_an_impossible_standardiser_is_refused(
    tmp_path: Path, standardiser: Standardiser, named: str
) -> None:
    path = tmp_path / "b.safetensors"
    save_bundle(replace(small_bundle(), members=(small_member(standardiser),)), path)
    with pytest.raises(BundleError, match=named):
        load_bundle(path)
