"""The configuration file: TOML, every key checked, nothing guessed. One file per table."""

from asd_monitor.monitor.config.evidence import EvidenceConfig
from asd_monitor.monitor.config.load import load_config
from asd_monitor.monitor.config.machine import MachineConfig
from asd_monitor.monitor.config.metrics import MetricsConfig
from asd_monitor.monitor.config.mqtt import MqttConfig, mqtt_settings
from asd_monitor.monitor.config.node import NodeConfig
from asd_monitor.monitor.config.secrets import find_secret
from asd_monitor.monitor.config.sink import SinkConfig
from asd_monitor.monitor.config.whole import Config

__all__ = [
    "Config",
    "EvidenceConfig",
    "MachineConfig",
    "MetricsConfig",
    "MqttConfig",
    "NodeConfig",
    "SinkConfig",
    "find_secret",
    "load_config",
    "mqtt_settings",
]
