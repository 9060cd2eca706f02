"""What a stretch of normal sound can prove about the rate of false alarms.

False alarms are counted as a Poisson process: with F alarms in T seconds, the 95 % upper bound
of their rate is ``chi2.ppf(0.95, 2 F + 2) / 2 / T`` (F. Garwood, "Fiducial limits for the Poisson
distribution", Biometrika 28, 1936). For F = 0 that is 3.0 / T.
"""

from asd_monitor.calibrate.budget import Budget

CONFIDENCE = 0.95


def certified_rate_per_s(*, alarms: int, observed_s: float) -> float:
    """Upper bound, at 95 % confidence, of the rate of false alarms.

    Args:
        alarms: how many were observed.
        observed_s: in how many seconds of normal sound, positive.

    Returns:
        False alarms per second.
    """
    return _upper_count(alarms) / observed_s


def least_rate_per_s(*, alarms: int, observed_s: float) -> float:
    """Lower bound, at 95 % confidence, of the rate of false alarms; 0 where there was none.

    Args:
        alarms: how many were observed.
        observed_s: in how many seconds of normal sound, positive.
    """
    return _poisson_mean(alarms, 1 - CONFIDENCE) / observed_s if alarms else 0.0


def certified_seconds_per_alarm(*, alarms: int, observed_s: float) -> float:
    """Mean seconds between false alarms that an observation certifies at 95 %, at the least.

    Sound of 12.5 min without an alarm certifies 4.2 min.
    """
    return 1 / certified_rate_per_s(alarms=alarms, observed_s=observed_s)


def seconds_without_alarm_needed(budget: Budget) -> float:
    """Seconds of normal sound without an alarm that certify a budget at 95 %.

    One a week takes 3.0 weeks.
    """
    return _upper_count(0) / budget.rate_per_s


def rate_interval_per_s(*, alarms: int, observed_s: float) -> tuple[float, float]:
    """Central interval, at 95 % confidence, of the rate of alarms; alarms per second."""
    tail = (1 - CONFIDENCE) / 2
    lower = _poisson_mean(alarms, tail) if alarms else 0.0
    return lower / observed_s, _poisson_mean(alarms + 1, 1 - tail) / observed_s


def _upper_count(alarms: int) -> float:
    return _poisson_mean(alarms + 1, CONFIDENCE)


def _poisson_mean(count: int, probability: float) -> float:
    """The mean at which so many or more events come with this probability."""
    # Half a second of import and 15 MB, for what a listening box says only when it is asked.
    from scipy.special import gammaincinv  # noqa: PLC0415

    # gammaincinv(k, p) is chi2.ppf(p, 2 k) / 2, without the second that scipy.stats takes to load.
    return float(gammaincinv(count, probability))
