"""What a bundle holds of a detector, checked before anything is computed with it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from asd_monitor.models.errors import BundleError, ConfigurationError


class _NoHyperparameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


@contextmanager
def usable_hyperparameters() -> Iterator[None]:
    """Say of hyper-parameters that cannot be used that they are a bundle's.

    Raises:
        BundleError: one is missing, unknown or out of range.
    """
    try:
        yield
    except (msgspec.ValidationError, ConfigurationError) as error:
        raise BundleError(f"hyper-parameters of the detector cannot be used: {error}") from error


def require_no_hyperparameters(hyperparameters: Mapping[str, Any]) -> None:
    """Refuse hyper-parameters of a detector whose tensors say everything.

    Raises:
        BundleError: there is one.
    """
    with usable_hyperparameters():
        msgspec.convert(dict(hyperparameters), _NoHyperparameters)


def require_tensors(
    tensors: Mapping[str, NDArray[Any]], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Require exactly these tensors, float32 and finite.

    Args:
        tensors: by name.
        shapes: the expected ones, by name.

    Raises:
        BundleError: one is missing, unknown, has another shape or type, or is not finite.
    """
    if tensors.keys() != shapes.keys():
        odd = sorted(tensors.keys() ^ shapes.keys())
        raise BundleError(f"the detector's tensors are not those expected: {', '.join(odd)}")
    for name, shape in shapes.items():
        tensor = tensors[name]
        if tensor.shape != shape or tensor.dtype != np.float32:
            raise BundleError(
                f"tensor {name} is {tensor.dtype} {tensor.shape} instead of float32 {shape}"
            )
        if not np.isfinite(tensor).all():
            raise BundleError(f"tensor {name} holds values that are not finite")
