import json
import logging

import pytest

from asd_monitor.monitor.log_format import JournalFormatter, JsonFormatter


def a_record(
    level: int = logging.INFO, message: str = "heard %s", **extra: object
) -> logging.LogRecord:
    fields = {
        "name": "asd",
        "levelno": level,
        "levelname": logging.getLevelName(level),
        "msg": message,
        "args": ("pump",) if "%s" in message else (),
        "created": 1_800_000_000.5,
    }
    return logging.makeLogRecord(fields | extra)


def test_the_journal_gets_a_priority_for_every_level() -> None:
    levels = (logging.CRITICAL, logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG)
    lines = [JournalFormatter().format(a_record(level)) for level in levels]
    assert lines == [f"<{priority}>asd: heard pump" for priority in (2, 3, 4, 6, 6)]


def test_the_journal_gets_a_priority_on_every_line_of_a_message() -> None:
    text = JournalFormatter().format(a_record(logging.ERROR, "one\ntwo"))
    assert text == "<3>asd: one\n<3>two"


def test_json_is_one_object_on_one_line_with_what_extra_gave() -> None:
    text = JsonFormatter().format(a_record(logging.WARNING, "one\ntwo %s", machine="pump"))
    assert "\n" not in text
    assert json.loads(text) == {
        "ts": "2027-01-15T08:00:00.500Z",
        "level": "warning",
        "logger": "asd",
        "message": "one\ntwo pump",
        "machine": "pump",
    }


def test_json_keeps_a_traceback_and_what_has_no_json_form() -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        _ = 1 / 0
    failure = (raised.type, raised.value, raised.tb)
    record = a_record(exc_info=failure, thing=object)
    fields = json.loads(JsonFormatter().format(record))
    assert fields["traceback"].endswith("ZeroDivisionError: division by zero")
    assert fields["thing"] == "<class 'object'>"
