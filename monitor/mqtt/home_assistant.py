"""What Home Assistant is told of a machine, so that it shows it as a device.

One retained message per machine, by MQTT device discovery
(https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload), names every entity and
the field of the machine's state that it shows. They differ in when they can be relied on. That the
microphone is lost, or why nothing can be judged, is said as long as the node lives; numbers need
sound that arrives; and "no anomaly" is said only while the sound can be judged, for everything
else must not look as if all were well.

`Topics.retained` names the topics to clear when a machine is forgotten, this message's among them.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from asd_monitor.calibrate.trend import Trend
from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.messages import Topics

# A state comes every 30 s: a score that three of them have not renewed is no longer true.
_SCORE_EXPIRES_AFTER_S: Final = 100
_QOS: Final = 1

_DIAGNOSTIC: Final = {"entity_category": "diagnostic"}

Component = dict[str, Any]


def discovery_payload(
    topics: Topics, machine: str, *, version: str, with_picture: bool = False
) -> bytes:
    """The payload of `Topics.discovery`.

    Args:
        topics: of the node.
        machine: the machine's id.
        version: of asd-monitor.
        with_picture: whether the picture of the latest event is published.
    """
    device_id = topics.device_id(machine)
    state = topics.state(machine)
    return msgspec.json.encode(
        {
            "device": {
                "identifiers": [device_id],
                "name": f"{topics.node} {machine}",
                "manufacturer": "asd-monitor",
                "model": "Acoustic machine monitor",
                "sw_version": version,
            },
            "origin": {"name": "asd-monitor", "sw_version": version},
            "availability": [*_node_lives(topics), *_sound_arrives(topics, machine)],
            "availability_mode": "all",
            "state_topic": state,
            "components": {
                key: _identity(device_id, key, component["platform"]) | component
                for key, component in _components(topics, machine, with_picture).items()
            },
        }
    )


def _components(topics: Topics, machine: str, with_picture: bool) -> dict[str, Component]:
    """Every entity by its key."""
    lasting = _while_node_lives(topics, machine)
    if with_picture:
        lasting |= {"picture": _picture(topics, machine)}
    return (
        _while_judged(topics, machine)
        | _while_sound_arrives()
        | {
            key: component | _available_while(_node_lives(topics))
            for key, component in lasting.items()
        }
    )


def _while_judged(topics: Topics, machine: str) -> dict[str, Component]:
    """What would look as if all were well if it were shown at any other time."""
    conditions = (
        *_node_lives(topics),
        *_sound_arrives(topics, machine),
        *_sound_is_judged(topics, machine),
    )
    return {
        "anomaly": {
            **_binary_sensor("Anomaly", "problem", on="True", off="False"),
            **_field("anomaly"),
            **_available_while(conditions),
        }
    }


def _while_sound_arrives() -> dict[str, Component]:
    """What is found in the sound; available as the device is."""
    return {
        "score": {
            **_number("Score", "score", digits=2),
            "expire_after": _SCORE_EXPIRES_AFTER_S,
        },
        "threshold": {**_number("Threshold", "threshold", digits=2), **_DIAGNOSTIC},
        "p_value": _number("p-value", "p_value", digits=4),
        "level": {
            **_number("Level", "level_dbfs", digits=1),
            **_DIAGNOSTIC,
            "unit_of_measurement": "dBFS",
        },
        "trend": {
            **_sensor("Trend"),
            **_field("trend"),
            "device_class": "enum",
            "options": [str(trend) for trend in Trend],
        },
        "drift": {**_number("Drift", "drift", digits=2), **_DIAGNOSTIC},
    }


def _while_node_lives(topics: Topics, machine: str) -> dict[str, Component]:
    """What says that and why nothing can be judged, and what stays true meanwhile."""
    return {
        "severity": {
            **_sensor("Severity"),
            **_field("severity"),
            "device_class": "enum",
            "options": [str(severity) for severity in Severity],
        },
        "reason": {**_sensor("Reason"), **_field("reason"), **_DIAGNOSTIC},
        "last_anomaly": {
            **_sensor("Last anomaly"),
            **_field("last_anomaly_at"),
            "device_class": "timestamp",
        },
        "microphone": {
            **_binary_sensor("Microphone", "connectivity", on="online", off="offline"),
            **_DIAGNOSTIC,
            "state_topic": topics.machine_availability(machine),
        },
        "event": {
            "platform": "event",
            "name": "Event",
            "event_types": [str(event_type) for event_type in EventType],
            "state_topic": topics.event(machine),
        },
    }


def _picture(topics: Topics, machine: str) -> Component:
    """What the latest event looked like; its state is the time at which the picture came."""
    return {
        "platform": "image",
        "name": "Picture",
        "image_topic": topics.spectrogram(machine),
        "content_type": "image/png",
    }


def _identity(device_id: str, key: str, platform: str) -> Component:
    """What every entity has; quality of service is not inherited from the device."""
    unique_id = f"{device_id}_{key}"
    return {
        "unique_id": unique_id,
        "default_entity_id": f"{platform}.{unique_id.lower().replace('-', '_')}",
        "qos": _QOS,
    }


def _sensor(name: str) -> Component:
    return {"platform": "sensor", "name": name}


def _number(name: str, field: str, *, digits: int) -> Component:
    return {
        **_sensor(name),
        **_field(field),
        "state_class": "measurement",
        "suggested_display_precision": digits,
    }


def _binary_sensor(name: str, device_class: str, *, on: str, off: str) -> Component:
    return {
        "platform": "binary_sensor",
        "name": name,
        "device_class": device_class,
        "payload_on": on,
        "payload_off": off,
    }


def _field(name: str) -> Component:
    """Show a field of the state; what is null there becomes Home Assistant's ``unknown``."""
    return {"value_template": f"{{{{ value_json.{name} }}}}"}


def _available_while(conditions: Sequence[Component]) -> Component:
    """Replaces what the device says of its availability; all conditions have to hold."""
    return {"availability": conditions, "availability_mode": "all"}


def _node_lives(topics: Topics) -> list[Component]:
    return [{"topic": topics.availability}]


def _sound_arrives(topics: Topics, machine: str) -> list[Component]:
    return [{"topic": topics.machine_availability(machine)}]


def _sound_is_judged(topics: Topics, machine: str) -> list[Component]:
    return [
        {
            "topic": topics.state(machine),
            "value_template": f"{{{{ value_json.severity != '{Severity.UNKNOWN}' }}}}",
            "payload_available": "True",
            "payload_not_available": "False",
        }
    ]
