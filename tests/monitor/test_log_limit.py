import logging

from asd_monitor.monitor.log_limit import LogLimit, RepetitionFilter


def test_the_same_sentence_is_due_once_in_its_time_and_another_at_once() -> None:
    now_s = 0.0
    limit = LogLimit(every_s=300.0, monotonic_s=lambda: now_s)
    assert limit.is_due("refused")
    assert not limit.is_due("refused")
    assert limit.is_due("unresolvable")
    now_s = 299.0
    assert not limit.is_due("refused")
    now_s = 300.0
    assert limit.is_due("refused")
    assert not limit.is_due("refused")


def test_what_was_said_long_ago_is_forgotten() -> None:
    now_s = 0.0
    limit = LogLimit(every_s=300.0, monotonic_s=lambda: now_s)
    for said in range(1000):
        now_s = float(said)
        assert limit.is_due(f"line {said}")
    assert len(limit._said_at_s) == 300


def test_a_line_passes_the_filter_once_per_logger_and_level() -> None:
    passes = RepetitionFilter(LogLimit(every_s=300.0, monotonic_s=lambda: 0.0)).filter
    line: dict[str, object] = {
        "name": "a",
        "levelno": logging.INFO,
        "msg": "lost %s",
        "args": ("pump",),
    }
    others: list[dict[str, object]] = [
        {"name": "b"},
        {"levelno": logging.ERROR},
        {"args": ("fan",)},
    ]
    for fields in [line, *(line | other for other in others)]:
        assert passes(logging.makeLogRecord(fields))
        assert not passes(logging.makeLogRecord(fields))
