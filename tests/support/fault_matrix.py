"""The fault matrix: which test stands for which fault, and the table of the last run.

A pytest plugin. ``--slow`` runs the long tests too, ``--fault-table FILE`` writes the table.
"""

import platform
import shutil
import subprocess
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

Outcome = Literal["passed", "skipped", "FAILED"]

HEAD = """\
# Faults

What the monitor is put through, with the real programs around it, and what must happen then.
Written by `make faults` (last on {date}, {parts}); each row is one or more
tests marked with its number.

| # | fault | what must happen | result | s |
| --- | --- | --- | --- | --- |
"""
# A program that prints its version, and how.
_PARTS = (("mosquitto", "-h"), ("pulseaudio", "--version"))


def fault(number: int, what: str, required: str) -> pytest.MarkDecorator:
    """Mark a test as one of a row of the matrix.

    Args:
        number: of the row; several tests may share it.
        what: the fault.
        required: what must happen.
    """
    return pytest.mark.fault(number, what, required)


@dataclass(order=True)
class Row:
    """A row of the table.

    Attributes:
        number: its place.
        what: the fault.
        required: what must happen.
        outcomes: of its tests.
        reasons: why tests were skipped.
        seconds: that its tests took.
    """

    number: int
    what: str
    required: str
    outcomes: list[Outcome] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def result(self) -> str:
        """The worst of its outcomes, and why."""
        worst = max(self.outcomes, key=["passed", "skipped", "FAILED"].index)
        n = len(self.outcomes)
        if worst == "skipped":
            passed = f"{self.outcomes.count('passed')} of {n} passed, the others " if n > 1 else ""
            return f"{passed}skipped: {'; '.join(dict.fromkeys(self.reasons))}"
        return worst if n == 1 else f"{worst} ({n} tests)"


class FaultMatrix:
    """Gathers how the tests of every row end."""

    def __init__(self, table: Path | None) -> None:
        self._table = table
        self._rows: dict[tuple[int, str], Row] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        for mark in item.iter_markers("fault"):
            number, what, required = mark.args
            row = self._rows.setdefault((number, what), Row(number, what, required))
            _note(row, report, call.duration)
        return report

    def pytest_sessionfinish(self) -> None:
        if self._table is not None and self._rows:
            self._table.write_text(table(self._rows.values(), now=datetime.now(UTC)))


def _note(row: Row, report: pytest.TestReport, duration_s: float) -> None:
    if report.when == "call":
        row.seconds += duration_s
    if report.failed:
        row.outcomes.append("FAILED")
    elif report.skipped:
        row.outcomes.append("skipped")
        row.reasons.append(_reason(report))
    elif report.when == "call":
        row.outcomes.append("passed")


def _reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)[
        len("Skipped: ") :
    ]


def table(rows: Iterable[Row], *, now: datetime) -> str:
    """The page that is written."""
    lines = [
        f"| {row.number} | {row.what} | {row.required} | {row.result} | {row.seconds:.0f} |\n"
        for row in sorted(rows)
    ]
    return HEAD.format(date=f"{now:%Y-%m-%d}", parts=", ".join(_versions())) + "".join(lines)


def _versions() -> list[str]:
    said = [f"Linux {platform.release().split('-')[0]}", f"Python {platform.python_version()}"]
    for program, option in _PARTS:
        found = shutil.which(program, path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
        if found:
            told = subprocess.run([found, option], capture_output=True, text=True, check=False)
            said.append(told.stdout.splitlines()[0].replace(" version", ""))
    return said


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("faults")
    group.addoption("--slow", action="store_true", help="run the long tests too")
    group.addoption("--fault-table", type=Path, help="write the fault matrix to this file")
    group.addoption("--soak-s", type=float, default=60.0, help="length of the soak, seconds")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to gather."""
    config.pluginmanager.register(FaultMatrix(config.getoption("--fault-table")), "matrix")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out where they were not asked for."""
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
