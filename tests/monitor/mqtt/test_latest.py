"""What is retained is told as its latest, once, and again when somebody asks."""

from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.monitor.mqtt.latest import LatestMessages

TOPICS = st.sampled_from(["state", "health", "availability"])


@given(st.lists(st.tuples(TOPICS, st.binary(max_size=2))))
def test_of_each_topic_the_latest_is_due_and_once(messages: list[tuple[str, bytes]]) -> None:
    latest = LatestMessages()
    for topic, payload in messages:
        latest.put(topic, payload)
    assert dict(latest.take_due()) == dict(messages)
    assert latest.take_due() == []


def test_on_request_all_that_is_known_is_due_again() -> None:
    latest = LatestMessages()
    latest.put("state", b"1")
    latest.put("health", b"2")
    latest.take_due()
    latest.put("health", b"3")
    latest.repeat_all()
    assert latest.take_due() == [("state", b"1"), ("health", b"3")], "in the order of the topics"
    latest.repeat(["health", "never said"])
    assert latest.take_due() == [("health", b"3")]


def test_what_is_forgotten_is_not_told_even_if_it_was_due() -> None:
    latest = LatestMessages()
    latest.put("state", b"1")
    latest.forget(["state", "never said"])
    latest.repeat_all()
    assert latest.take_due() == []
