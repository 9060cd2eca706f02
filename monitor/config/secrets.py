"""Where secrets come from: a file, a credential of systemd's, the environment; nowhere else.

Nothing secret is ever a value of the configuration or of an option, where others can read it.
"""

import os
import re
from pathlib import Path

from asd_monitor.models.errors import ConfigurationError


def find_secret(name: str, *, file: Path | None = None, key: str | None = None) -> str | None:
    """A secret from the first place that has it.

    The file if one is configured, else the credential of that name in ``$CREDENTIALS_DIRECTORY``
    (systemd.exec(5), "LoadCredential="), else the variable of the environment that is called so:
    ``ASD_MONITOR_MQTT_PASSWORD`` for ``mqtt-password``.

    Args:
        name: of the credential.
        file: whose first line it is.
        key: of the configuration that names the file.

    Returns:
        None where nobody has it.

    Raises:
        ConfigurationError: the file or the credential cannot be read or is empty.
    """
    if file is not None:
        return _first_line(file, called=key or name)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (Path(folder) / name).exists():
        return _first_line(Path(folder) / name, called=f"the credential {name}")
    return os.environ.get(variable_of(name)) or None


def variable_of(name: str) -> str:
    """The variable of the environment that may hold a secret."""
    return "ASD_MONITOR_" + re.sub("[^A-Z0-9]", "_", name.upper())


def _first_line(path: Path, *, called: str) -> str:
    try:
        secret = path.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise ConfigurationError(f"cannot read {called} {path}: {reason}") from error
    if not secret:
        raise ConfigurationError(f"{called} {path} has an empty first line")
    return secret
