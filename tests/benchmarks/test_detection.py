import argparse

import numpy as np

from asd_monitor.calibrate.evaluation.measured import measure
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.models.detector import ENSEMBLE
from benchmarks.detection import KINDS, table


def test_the_page_has_each_detector_the_pooling_and_the_lead_of_the_ensemble() -> None:
    normal, anomalous = np.arange(20.0), np.arange(10.0, 30.0)
    measured = measure(normal, anomalous, threshold=None, costs=Costs(), seed=0, n_resamples=20)
    arguments = argparse.Namespace(seeds=1, epochs=2, noise=["clean", "-6"])
    page = table(
        {(name, noise): [measured] for name in (*KINDS, ENSEMBLE) for noise in arguments.noise},
        {"clean": {"mean+peak": None}, "-6": {"quantile:0.25": None, "mean+peak": None}},
        arguments,
        minutes=3.0,
    )
    lines = page.splitlines()
    for name in (*KINDS, ENSEMBLE):
        assert f"| `{name}` | 0.875 | 0.875 |" in lines
    assert "| pooling of the ensemble | `mean+peak` | `quantile:0.25` or `mean+peak` |" in lines
    assert "| `gaussian` | +0.000 (+0.000 to +0.000) | +0.000 (+0.000 to +0.000) |" in lines
