import numpy as np
from sklearn.metrics import roc_auc_score

from asd_monitor.calibrate.evaluation.measured import measure
from asd_monitor.calibrate.evaluation.metrics import Costs
from asd_monitor.models.detector import ENSEMBLE
from benchmarks.detection_page import KINDS, Run, page


def test_the_page_has_each_detector_the_pooling_and_the_lead_of_the_ensemble() -> None:
    normal, anomalous = np.arange(20.0), np.arange(10.0, 30.0)
    measured = measure(normal, anomalous, threshold=None, costs=Costs(), seed=0, n_resamples=20)
    run = Run(seeds=1, epochs=2, noises=["clean", "-6"], minutes=3.0)
    lines = page(
        {(name, noise): [measured] for name in (*KINDS, ENSEMBLE) for noise in run.noises},
        {"clean": {"mean+peak": None}, "-6": {"quantile:0.25": None, "mean+peak": None}},
        run,
    ).splitlines()
    labels, scores = np.repeat([0, 1], 20), np.concatenate([normal, anomalous])
    partial = roc_auc_score(labels, scores, max_fpr=0.1)
    for name in (*KINDS, ENSEMBLE):
        assert f"| `{name}` | 0.875 | 0.875 |" in lines
        assert f"| `{name}` | {partial:.3f} | {partial:.3f} |" in lines
    assert "| pooling of the ensemble | `mean+peak` | `quantile:0.25` or `mean+peak` |" in lines
    assert "| `gaussian` | +0.000 (+0.000 to +0.000) | +0.000 (+0.000 to +0.000) |" in lines
