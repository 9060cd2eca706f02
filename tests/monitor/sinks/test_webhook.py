import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.sinks.webhook import SIGNATURE_HEADER, WebhookSink, sign
from asd_monitor.monitor.store.outbox import Outbox
from asd_monitor.monitor.store.store import Store
from tests.support.alarms import anomaly
from tests.support.mosquitto import free_port
from tests.support.web_server import WebServer


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@contextmanager
def posting(url: str, outbox: Outbox, *, secret: str | None = None) -> Iterator[WebhookSink]:
    soon = BackOff(first_s=0.01, longest_s=0.02)
    sink = WebhookSink(url, outbox, secret=secret, back_off=soon)
    sink.start()
    try:
        yield sink
    finally:
        sink.close(10)


def record(store: Store, sink: WebhookSink | None = None, *, count: int) -> None:
    for _ in range(count):
        event = store.record(anomaly(), outgoing=False)
        if sink is not None:
            sink.publish_event(event)


def test_an_event_is_posted_as_it_is_told_over_mqtt(store: Store) -> None:
    outbox = store.outbox_for("hook")
    with WebServer() as server, posting(server.url, outbox) as sink:
        record(store, sink, count=1)
        (posted,) = server.wait_for(1)
        sink.close(10)
    assert posted.path == "/hook"
    assert posted.headers["Content-Type"] == "application/json"
    assert SIGNATURE_HEADER not in posted.headers
    told = json.loads(posted.body)
    assert (told["event_type"], told["seq"], told["schema"]) == ("anomaly_started", 1, 1)
    assert told["published_at"] is not None
    assert outbox.pending() == ()


def test_who_knows_the_secret_can_tell_that_the_body_is_ours(store: Store) -> None:
    with (
        WebServer() as server,
        posting(server.url, store.outbox_for("hook"), secret="open sesame") as sink,  # noqa: S106
    ):
        record(store, sink, count=1)
        (posted,) = server.wait_for(1)
    expected = hmac.new(b"open sesame", posted.body, hashlib.sha256).hexdigest()
    assert posted.headers[SIGNATURE_HEADER] == f"sha256={expected}"


def test_the_signature_is_the_one_of_rfc_4231() -> None:
    body = b"what do ya want for nothing?"
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign(body, secret="Jefe") == f"sha256={digest}"  # noqa: S106


@pytest.mark.parametrize("refusal", [302, 400, 404, 500, 503])
def test_what_is_refused_is_posted_again_before_what_comes_after(
    store: Store, refusal: int, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = store.outbox_for("hook")
    with (
        caplog.at_level(logging.WARNING),
        WebServer(refusal, refusal) as server,
        posting(server.url, outbox) as sink,
    ):
        record(store, sink, count=3)
        posted = server.wait_for(5)
        sink.close(10)
    assert [json.loads(each.body)["seq"] for each in posted] == [1, 1, 1, 2, 3]
    assert {each.path for each in posted} == {"/hook"}
    assert outbox.pending() == ()
    assert len([each for each in caplog.records if f"answers {refusal}" in each.message]) == 1


def test_what_nobody_took_is_posted_by_the_next_process(store: Store) -> None:
    with posting(f"http://127.0.0.1:{free_port()}/", store.outbox_for("hook")) as sink:
        record(store, sink, count=2)
    with Store(store._database.path) as later, WebServer() as server:
        with posting(server.url, later.outbox_for("hook")):
            posted = server.wait_for(2)
        assert [json.loads(each.body)["seq"] for each in posted] == [1, 2]


def test_a_sink_that_is_not_reached_holds_no_other_up(store: Store) -> None:
    lost = f"http://127.0.0.1:{free_port()}/"
    with (
        WebServer() as server,
        posting(lost, store.outbox_for("lost")),
        posting(server.url, store.outbox_for("hook")) as sink,
    ):
        record(store, sink, count=2)
        assert len(server.wait_for(2)) == 2
