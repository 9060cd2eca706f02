"""Processor time and children are those of real processes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from asd_monitor.monitor.vitals import processor

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    command = (sys.executable, "-c", BUSY)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_has_used_what_it_says(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdout is not None
    child.stdout.readline()
    assert 0.3 <= processor.used_s(child.pid) < 5


def test_ones_own_time_is_the_clocks() -> None:
    before_s = time.process_time()
    assert before_s <= processor.used_s(os.getpid()) <= time.process_time()


def test_children_are_told_by_what_they_run(child: "subprocess.Popen[bytes]") -> None:
    assert child.stdout is not None
    child.stdout.readline()
    assert processor.children(os.getpid(), of="time.process_time() < 0.3") == [child.pid]
    assert processor.children(os.getpid(), of="something else") == []


def test_a_process_that_is_gone_has_no_time(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    with pytest.raises(OSError, match="Invalid argument"):
        processor.used_s(child.pid)
