"""Normal sound scored by a bundle and its siblings, each what it has not seen."""

from collections.abc import Sequence

from asd_monitor.calibrate.cross_fit import CrossFit
from asd_monitor.calibrate.normal.fresh import Span
from asd_monitor.calibrate.normal.gathering import Gathering, Progress, ScoredRun, covered_s
from asd_monitor.models.bundle import Bundle
from asd_monitor.models.fusion import Fusion
from asd_monitor.models.scorer import Scorer

Share = tuple[Bundle, Sequence[Sequence[Span]]]
"""A network and the unbroken runs that it has not seen."""


def score_shares(
    gathering: Gathering,
    shares: Sequence[Share],
    fusion: Fusion,
    *,
    clip_s: float,
    hop_s: float,
    channel: int | None,
    progress: Progress | None,
) -> tuple[list[ScoredRun], CrossFit | None]:
    """Score what each network has not seen.

    Args:
        gathering: that found it.
        shares: of the bundle, and of each of its siblings.
        fusion: how members are pooled and combined, the same for all networks.
        clip_s: length of a clip.
        hop_s: from one clip's beginning to the next's.
        channel: counted from 0; None mixes all channels.
        progress: told how far the work has come.

    Returns:
        The runs in the order of `shares`, and what siblings have contributed, if anything.
    """
    seconds = [sum(span.seconds for run in runs for span in run) for _, runs in shares]
    by_network: list[list[ScoredRun]] = []
    for number, (network, runs) in enumerate(shares):
        done_s, own_s = sum(seconds[:number]), seconds[number]
        scorer = Scorer(network, clip_s=clip_s, hop_s=hop_s, fusion=fusion)
        advance = progress and _part_of(progress, done_s, own_s, sum(seconds))
        by_network.append(gathering.score(scorer, runs, channel=channel, progress=advance))
    by_siblings = [run for scored in by_network[1:] for run in scored]
    cross_fit = CrossFit(
        siblings=len(shares) - 1,
        seconds=sum(
            covered_s(
                filter(gathering.is_usable, run.clips), sample_rate_hz=gathering.sample_rate_hz
            )
            for run in by_siblings
        ),
    )
    return [*by_network[0], *by_siblings], cross_fit if cross_fit.seconds else None


def _part_of(progress: Progress, done_s: float, own_s: float, total_s: float) -> Progress:
    return lambda share, detail: progress((done_s + share * own_s) / total_s, detail)
