"""The errors of the domain. One place, `asd_monitor.monitor.cli.edge`, turns them into exit codes.

Every message is one sentence that a user can act on: what is wrong, in which file or key, and
what to do about it.
"""

import enum


class AsdMonitorError(Exception):
    """Something the user can put right; its text is shown as it is."""


class AudioError(AsdMonitorError):
    """A recording cannot be read, or holds nothing that can be scored."""


class LabelError(AsdMonitorError):
    """Labels, or the names that stand for them, do not describe the recordings."""


class DeviceError(AsdMonitorError):
    """A microphone does not exist, is ambiguous, or cannot be opened."""


class BundleError(AsdMonitorError):
    """A bundle is missing, damaged, of another schema, or does not fit its detector."""


class CalibrationError(AsdMonitorError):
    """A calibration is missing, damaged, or belongs to another bundle."""


class InsufficientSoundError(AsdMonitorError):
    """There is too little normal sound for what was asked of it."""


class ConfigurationError(AsdMonitorError):
    """A configuration file or option holds something that cannot be used."""


class BrokerCause(enum.StrEnum):
    """What kind of trouble there is with the MQTT broker, for counting."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_HOST = "certificate_host"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    NO_BROKER = "no_broker"
    CREDENTIALS = "credentials"
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    TAKEN_OVER = "taken_over"
    ENDED = "ended"
    SILENT = "silent"
    LOST = "lost"
    OTHER = "other"


class BrokerError(AsdMonitorError):
    """The MQTT broker cannot be reached or refuses us.

    Args:
        sentence: what is wrong, and what to do.
        cause: of which kind it is.
    """

    def __init__(self, sentence: str, *, cause: BrokerCause = BrokerCause.OTHER) -> None:
        super().__init__(sentence)
        self.cause = cause


class DeliveryError(AsdMonitorError):
    """An event cannot be handed to who is to be told of it."""


class BusyError(AsdMonitorError):
    """Another program holds what this one needs; trying again later may work."""
