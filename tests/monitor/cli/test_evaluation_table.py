"""The table that people read."""

import io
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from asd_monitor.calibrate.evaluation.comparison import compare
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.calibrate.evaluation.table import evaluate
from asd_monitor.calibrate.layouts import Domain
from asd_monitor.monitor.cli.evaluation_table import (
    comparison_table,
    domain_table,
    evaluation_table,
    legend,
)
from tests.support.scored import a_trial


def lines() -> list[str]:
    trials = [
        a_trial(machine_id=machine_id, detector=detector, anomalous=anomalous)
        for machine_id, anomalous in (("id_00", [2.5, 4.0, 5.0]), ("id_02", []))
        for detector in ("group-made", "gaussian")
    ]
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(evaluation_table(evaluate(trials, costs=Costs(), seed=0)))
    return captured.get().splitlines()


def test_each_detector_has_a_row_with_figures_and_their_intervals_below() -> None:
    table = lines()
    (row,) = (n for n, line in enumerate(table) if line.startswith("fan") and "0.917" in line)
    assert table[row].split()[:5] == ["fan", "group-made", "4", "3", "0.917"]
    assert table[row + 1].split()[0] == "id_00"
    assert table[row + 1].split()[1].endswith("-1.000")


def test_what_is_undefined_is_a_dash_and_never_a_number() -> None:
    (row,) = (line for line in lines() if line.startswith("fan") and line.split()[3] == "0")
    assert row.split()[4:9] == ["-"] * 5


def rendered(table: Table) -> str:
    console = Console(file=io.StringIO(), width=120)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_the_better_of_two_comes_first_whichever_was_named_first() -> None:
    worse = a_trial(anomalous=[1.5, 0.5, 2.5], detector="worse")
    table = rendered(
        comparison_table(compare([worse, a_trial(detector="better")], costs=Costs(), seed=0))
    )
    (line,) = (line for line in table.splitlines() if line.startswith("fan"))
    assert line.split()[:5] == ["fan", "id_00", "better", "worse", "+0.417"]


def test_domains_have_a_table_where_there_are_some() -> None:
    plain = a_trial()
    assert domain_table(evaluate([plain], costs=Costs(), seed=0)).row_count == 0
    files = [
        replace(file, domain=Domain.TARGET if number % 2 else Domain.SOURCE)
        for number, file in enumerate(plain.files)
    ]
    table = domain_table(evaluate([replace(plain, files=tuple(files))], costs=Costs(), seed=0))
    assert table.row_count == 1
    assert "source" in rendered(table)


def test_the_legend_says_which_partial_area_and_which_costs() -> None:
    said = legend(costs=Costs(miss=10), budget="1/week")
    assert "scikit-learn's standardised one" in said
    assert "10 x miss rate + 1 x false-alarm rate" in said
    assert "1/week" in said
