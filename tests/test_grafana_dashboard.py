"""The dashboard in `examples/` asks for metrics, labels and variables that there are."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

from asd_monitor.calibrate.verdict import Severity
from asd_monitor.monitor.events import EventType
from asd_monitor.monitor.vitals.metrics import PREFIX, metrics_of
from tests.support.vitals import unknown_machine, vitals

DASHBOARD = Path(__file__).parent.parent / "examples" / "grafana-dashboard.json"
OF_THE_SCRAPE = {"job", "instance"}


def dashboard() -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return fields


def expressions() -> list[str]:
    """Every question that it asks Prometheus."""
    panels = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    variables = [
        each["definition"] for each in dashboard()["templating"]["list"] if "definition" in each
    ]
    return panels + variables


def known() -> dict[str, set[str]]:
    """The labels of every metric there is, by its name."""
    found: dict[str, set[str]] = {}
    events = {("pump", EventType.ANOMALY_STARTED.value): 1}
    for family in metrics_of(vitals(unknown_machine()), events):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_metric_it_names_exists() -> None:
    named = set(re.findall(rf"{PREFIX}\w+", " ".join(expressions())))
    assert named <= known().keys()
    left_out = known().keys() - named
    assert left_out <= {
        f"{PREFIX}{name}"
        for name in (
            *("capture_state", "event_open", "listening", "outbox_sent_total"),
            *("sample_rate_hertz", "uptime_seconds"),
        )
    }


def test_every_label_it_names_is_one_of_its_metric() -> None:
    for name, selector in re.findall(rf"({PREFIX}\w+)\{{([^}}]*)\}}", " ".join(expressions())):
        asked = set(re.findall(r"(\w+)=~?\"", selector))
        assert asked <= known()[name] | OF_THE_SCRAPE


def test_every_value_of_a_label_it_names_is_one() -> None:
    values = set(re.findall(r"(?:severity|event_type)=\"(\w+)\"", " ".join(expressions())))
    assert len(values) == 4
    assert values <= {*Severity, *EventType}


def test_every_variable_it_uses_is_defined() -> None:
    text = DASHBOARD.read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{?(\w+)", text)) - {"__rate_interval", "__all"}
    assert used == {each["name"] for each in dashboard()["templating"]["list"]}


def test_no_two_panels_lie_on_each_other() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in itertools.combinations([panel["gridPos"] for panel in panels], 2):
        is_beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        is_above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert is_beside or is_above
