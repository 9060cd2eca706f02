"""`asd-monitor test-mqtt`."""

from pathlib import Path

import click

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.cli import edge
from asd_monitor.monitor.cli.brokers import config_with_broker
from asd_monitor.monitor.cli.console import tell
from asd_monitor.monitor.cli.options import BrokerType, config_option
from asd_monitor.monitor.config import mqtt_settings
from asd_monitor.monitor.mqtt.walk import walk


@click.command("test-mqtt")
@click.option("--mqtt", type=BrokerType(), help="Broker to try: HOST[:PORT].")
@config_option
def command(*, mqtt: tuple[str, int] | None, config: Path | None) -> int:
    """Try the way to the broker stage by stage, and say of the one that fails what to do.

    The stages are: resolve, connect, TLS, authenticate, publish, read back. Name and password are
    those of the configuration, of systemd's credentials, or of the environment. A running daemon
    is not disturbed. The exit code is 1 where a stage fails.

    \b
    Examples:
      asd-monitor test-mqtt --mqtt localhost:1883
      sudo asd-monitor test-mqtt --config /etc/asd-monitor/asd-monitor.toml
    """
    settings = config_with_broker(mqtt, config)
    broker = mqtt_settings(settings.mqtt, node=settings.node.name)
    if broker is None:
        raise ConfigurationError(f"{config} names no broker; give --mqtt HOST[:PORT]")
    failed = False
    for step in walk(broker):
        tell(f"{'ok    ' if step.passed else 'FAILED'}  {step.stage}: {step.said}")
        failed = not step.passed
    return edge.FAILURE if failed else 0
