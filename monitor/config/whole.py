"""The whole configuration: every table, and what they may not contradict each other in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config.evidence import EvidenceConfig
from asd_monitor.monitor.config.machine import MachineConfig
from asd_monitor.monitor.config.metrics import MetricsConfig
from asd_monitor.monitor.config.mqtt import MqttConfig
from asd_monitor.monitor.config.node import NodeConfig
from asd_monitor.monitor.config.sink import SinkConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole configuration of one daemon."""

    node: NodeConfig = field(default_factory=NodeConfig)
    machine: tuple[MachineConfig, ...] = ()
    mqtt: MqttConfig = field(default_factory=MqttConfig)
    evidence: EvidenceConfig = field(default_factory=EvidenceConfig)
    sink: tuple[SinkConfig, ...] = ()
    metrics: MetricsConfig = field(default_factory=MetricsConfig)

    def check(self, *, where: str) -> None:
        """See to it that every table can be used, and all of them together.

        Args:
            where: what to begin a complaint with: the file.

        Raises:
            ConfigurationError: one cannot.
        """
        if not self.machine:
            raise ConfigurationError(
                f"{where}: no [[machine]] is configured, so there is nothing to do"
            )
        self.node.check(where=where)
        for machine in self.machine:
            machine.check(where=where)
        self.evidence.check(where=where)
        for sink in self.sink:
            sink.check(where=where)
        self.metrics.check(where=where)
        _require_different([machine.id for machine in self.machine], of="machines", where=where)
        if [machine.source for machine in self.machine].count("stdin") > 1:
            raise ConfigurationError(
                f"{where}: two machines have the source stdin, of which there is one"
            )
        _require_different([sink.name for sink in self.sink], of="sinks", where=where)


def _require_different(ids: Sequence[str], *, of: str, where: str) -> None:
    twice = next((name for name in ids if ids.count(name) > 1), None)
    if twice:
        raise ConfigurationError(
            f"{where}: two {of} have the id {twice}; give them ids that differ"
        )
