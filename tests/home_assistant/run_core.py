"""Runs a core of Home Assistant with its MQTT integration alone; run by its Python, not by ours.

The port of a broker on this computer is the only argument. Prints one JSON object per line: the
``version``; an ``entity`` with its ``state``, whenever that is new; what is logged from a warning
on, as ``log``. Ends when standard input does.
"""

import asyncio
import json
import logging
import sys
import tempfile
from pathlib import Path
from types import MappingProxyType

from homeassistant import auth, bootstrap, config_entries, loader
from homeassistant.const import EVENT_STATE_CHANGED, __version__
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component


def say(**fields: object) -> None:
    """Print a line."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


class Log(logging.Handler):
    """Prints what is logged."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one entry."""
        say(log=self.format(record))


@callback  # type: ignore[untyped-decorator]
def tell(event: "Event[object]") -> None:
    """Print the new state of an entity; None where it is gone."""
    state = event.data["new_state"]
    say(
        entity=event.data["entity_id"],
        state=state.state if state else None,
        event_type=state.attributes.get("event_type") if state else None,
    )


async def begin(folder: Path, port: int) -> HomeAssistant:
    """A core that runs, and listens to the broker."""
    (folder / "configuration.yaml").touch()
    home = HomeAssistant(str(folder))
    loader.async_setup(home)
    home.config.skip_pip = True
    home.config_entries = config_entries.ConfigEntries(home, {})
    await bootstrap.async_load_base_functionality(home)
    home.auth = await auth.auth_manager_from_config(home, [], [])
    await async_setup_component(home, "homeassistant", {})
    home.bus.async_listen(EVENT_STATE_CHANGED, tell)
    entry = config_entries.ConfigEntry(
        version=2,
        minor_version=1,
        domain="mqtt",
        title="broker",
        source="user",
        unique_id=None,
        data={"broker": "127.0.0.1", "port": port, "protocol": "5"},
        options={},
        discovery_keys=MappingProxyType({}),
        subentries_data=None,
    )
    await home.config_entries.async_add(entry)
    await home.async_start()
    return home


async def main(port: int) -> None:
    """Run until standard input ends."""
    logging.basicConfig(level=logging.WARNING, handlers=[Log()])
    say(version=__version__)
    with tempfile.TemporaryDirectory() as folder:
        home = await begin(Path(folder), port)
        await asyncio.to_thread(sys.stdin.read)
        await home.async_stop()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
