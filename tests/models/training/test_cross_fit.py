"""A bundle that has seen all sound, and siblings that have each not seen one block of it."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from asd_monitor.models.bundle import Bundle, save_bundle
from asd_monitor.models.errors import BundleError, ConfigurationError
from asd_monitor.models.provenance import Stretch
from asd_monitor.models.siblings import FOLDER, load_siblings, save_sibling
from asd_monitor.models.training.blocks import Block
from asd_monitor.models.training.cross_fit import cross_fit
from asd_monitor.models.training.settings import TrainingSettings
from tests.support.bundles import tiny_bundle
from tests.support.fitting import ignore
from tests.support.sounds import noise

RATE_HZ = 16_000
QUICK = TrainingSettings(hidden=(16, 8, 16), components=1, epochs=1, hold_out=0.0)


def _seconds(stretches: Iterable[Stretch]) -> set[int]:
    return {
        second
        for stretch in stretches
        for second in range(
            stretch.first_sample // RATE_HZ, (stretch.first_sample + stretch.n_samples) // RATE_HZ
        )
    }


@pytest.fixture(scope="module")
def cross_fitted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, Path]:
    folder = tmp_path_factory.mktemp("cross_fitted")
    soundfile.write(folder / "normal.wav", noise(80 * RATE_HZ), RATE_HZ)
    path = folder / "pump.safetensors"
    bundle = cross_fit(
        [folder],
        replace(QUICK, checkpoint=folder / "unfinished"),
        ignore,
        n_blocks=4,
        keep=lambda sibling: save_sibling(sibling, path),
        begin=lambda: None,
    )
    return save_bundle(bundle, path), path


def test_the_bundle_has_seen_all_and_each_sibling_all_but_its_block(
    cross_fitted: tuple[Bundle, Path],
) -> None:
    bundle, path = cross_fitted
    assert _seconds(bundle.provenance.stretches) == set(range(80))
    unseen = [
        set(range(80)) - _seconds(sibling.provenance.stretches)
        for sibling in load_siblings(bundle, path)
    ]
    assert unseen == [set(range(begin, begin + 20)) for begin in (0, 20, 40, 60)]


def test_each_training_keeps_its_own_unfinished_fit(cross_fitted: tuple[Bundle, Path]) -> None:
    _, path = cross_fitted
    kept = sorted(each.name for each in path.parent.glob("unfinished*"))
    assert kept == ["unfinished", *(f"unfinished-{number}" for number in range(1, 5))]


def test_a_bundle_trained_alone_has_no_siblings_whatever_lies_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "pump.safetensors"
    save_sibling(tiny_bundle(1), path)
    assert load_siblings(save_bundle(tiny_bundle(0), path), path) == ()


def _with_sibling(path: Path) -> Bundle:
    sibling = save_sibling(tiny_bundle(1), path)
    bundle = tiny_bundle(0)
    provenance = replace(bundle.provenance, siblings=(sibling.fingerprint,))
    return save_bundle(replace(bundle, provenance=provenance), path)


def test_a_sibling_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pump.safetensors"
    bundle = _with_sibling(path)
    [place] = (tmp_path / FOLDER).iterdir()
    place.unlink()
    with pytest.raises(BundleError, match=f"{place}.*is missing"):
        load_siblings(bundle, path)


def test_another_file_in_the_place_of_a_sibling_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pump.safetensors"
    bundle = _with_sibling(path)
    [place] = (tmp_path / FOLDER).iterdir()
    save_bundle(tiny_bundle(2), place)
    with pytest.raises(BundleError, match="is not the file"):
        load_siblings(bundle, path)


def test_a_hold_out_that_leaves_nothing_to_fit_on_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="left to fit on"):
        TrainingSettings(hold_out=0.8, block=Block(0, 0.1))
