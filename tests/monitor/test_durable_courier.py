"""A courier as those see it who watch over it; what it delivers is tested in the sinks."""

import threading
import time

from asd_monitor.models.errors import DeliveryError
from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.durable_courier import DurableCourier
from asd_monitor.monitor.store.outbox import Outbox
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.daemons import wait_until

LONGEST_S = 100.0
LATER_S = 1e6


class Recipient:
    """Takes an event when it is told that it may, and not before."""

    def __init__(self) -> None:
        self.was_called = threading.Event()
        self.may_answer = threading.Event()
        self.refuses = False

    def __call__(self, _payload: bytes) -> None:
        self.was_called.set()
        self.may_answer.wait(60.0)
        if self.refuses:
            raise DeliveryError("not today")


def a_courier(outbox: Outbox, recipient: Recipient) -> DurableCourier:
    return DurableCourier(
        outbox,
        recipient,
        name="slow",
        longest_s=LONGEST_S,
        back_off=BackOff(first_s=60.0, longest_s=60.0),
    )


def test_it_hangs_while_one_event_takes_longer_than_it_can(store: Store) -> None:
    outbox, recipient = store.outbox_for("slow"), Recipient()
    courier = a_courier(outbox, recipient)
    store.record(anomaly(), outgoing=False)
    courier.start()
    assert recipient.was_called.wait(60.0)
    now_s = time.monotonic()
    assert not courier.hangs(now_s=now_s)
    assert courier.hangs(now_s=now_s + LONGEST_S + 1)
    recipient.may_answer.set()
    wait_until(lambda: not courier.hangs(now_s=LATER_S + now_s))
    courier.close(10)
    assert outbox.pending() == ()


def test_it_does_not_hang_where_nothing_waits(store: Store) -> None:
    courier = a_courier(store.outbox_for("slow"), Recipient())
    assert not courier.hangs(now_s=time.monotonic() + LATER_S)
    courier.start()
    courier.close(10)
    assert not courier.hangs(now_s=time.monotonic() + LATER_S)


def test_a_pause_after_a_failure_is_no_hanging(store: Store) -> None:
    outbox, recipient = store.outbox_for("slow"), Recipient()
    courier = a_courier(outbox, recipient)
    recipient.refuses = True
    recipient.may_answer.set()
    store.record(anomaly(), outgoing=False)
    courier.start()
    assert recipient.was_called.wait(60.0)
    wait_until(lambda: not courier.hangs(now_s=time.monotonic() + LATER_S))
    courier.close(10)
    assert len(outbox.pending()) == 1
