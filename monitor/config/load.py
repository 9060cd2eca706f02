"""Reading a configuration file: TOML, every key checked, nothing guessed."""

import dataclasses
import difflib
import tomllib
import typing
from pathlib import Path

import msgspec

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config.whole import Config


def load_config(path: Path) -> Config:
    """Read and check a configuration file. Relative paths in it are relative to its folder.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, or has an unknown key, a value
            of the wrong type, or machines that contradict each other.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"cannot read the configuration {path}: {error.strerror}"
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"cannot read the configuration {path}: {error}") from error
    _refuse_unknown_keys(data, Config, where="", path=path)
    try:
        config: Config = msgspec.convert(data, Config, dec_hook=_decode_path)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {_in_words(str(error))}") from error
    config.check(where=str(path))
    return typing.cast("Config", _resolve_paths(config, path.absolute().parent))


def _decode_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`")


def _in_words(message: str) -> str:
    """Put the key before what is wrong with it, where msgspec puts it behind."""
    what, _, where = message.partition(" - at `$.")
    return f"{where.rstrip('`')}: {what[0].lower()}{what[1:]}" if where else message


def _refuse_unknown_keys(data: object, kind: object, *, where: str, path: Path) -> None:
    """Walk tables beside their dataclasses and name the nearest key for every unknown one."""
    if typing.get_origin(kind) is tuple and isinstance(data, list):
        for index, item in enumerate(data):
            _refuse_unknown_keys(
                item, typing.get_args(kind)[0], where=f"{where}[{index}]", path=path
            )
        return
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind) and isinstance(data, dict)):
        return
    known = typing.get_type_hints(kind)
    for key, value in data.items():
        full = f"{where}.{key}" if where else key
        if key not in known:
            raise ConfigurationError(f"{path}: unknown key {full}{_nearest(key, known)}")
        _refuse_unknown_keys(value, known[key], where=full, path=path)


def _nearest(key: str, known: typing.Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; known are {', '.join(known)}"


def _resolve_paths(value: object, folder: Path) -> object:
    """The same dataclass with every relative path made absolute against the file's folder."""
    if isinstance(value, Path):
        return folder / value
    if isinstance(value, tuple):
        return tuple(_resolve_paths(item, folder) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        resolved = {
            f.name: _resolve_paths(getattr(value, f.name), folder)
            for f in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **resolved)
    return value
