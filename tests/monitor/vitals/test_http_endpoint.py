import http.client
import socket
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from asd_monitor.monitor.back_off import BackOff
from asd_monitor.monitor.vitals import http_endpoint
from asd_monitor.monitor.vitals.http_endpoint import Answer, HttpEndpoint

PATIENCE_S = 20.0


def page(accept: str) -> Answer:
    return Answer(HTTPStatus.OK, "text/plain", f"for {accept}".encode())


def asked(
    port: int | None, path: str, *, host: str = "127.0.0.1", method: str = "GET"
) -> tuple[int, str]:
    assert port is not None
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    connection.request(method, path, headers={"Accept": "anything"})
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said


@pytest.fixture(params=["127.0.0.1", "::1"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[tuple[str, HttpEndpoint]]:
    made = HttpEndpoint(request.param, 0, {"/page": page})
    made.start()
    yield request.param, made
    made.close(PATIENCE_S)


def test_a_page_is_answered_and_a_question_behind_its_path_is_no_other(
    endpoint: tuple[str, HttpEndpoint],
) -> None:
    host, serving = endpoint
    port = serving.wait_for_port(PATIENCE_S)
    assert asked(port, "/page", host=host) == (200, "for anything")
    assert asked(port, "/page?name=x", host=host) == (200, "for anything")


def test_other_paths_are_not_there_and_nothing_can_be_given(
    endpoint: tuple[str, HttpEndpoint],
) -> None:
    host, serving = endpoint
    port = serving.wait_for_port(PATIENCE_S)
    assert asked(port, "/", host=host) == (404, "There are /page here.\n")
    assert asked(port, "/page", host=host, method="POST")[0] == 501


def test_somebody_who_asks_nothing_holds_nobody_up(endpoint: tuple[str, HttpEndpoint]) -> None:
    host, serving = endpoint
    port = serving.wait_for_port(PATIENCE_S)
    with socket.create_connection((host, int(port or 0))):
        assert asked(port, "/page", host=host)[0] == 200


def test_a_taken_port_is_named_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(http_endpoint, "_BIND_AGAIN", BackOff(first_s=0.01, longest_s=0.01))
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        serving = HttpEndpoint("127.0.0.1", port, {"/page": page})
        serving.start()
        assert serving.wait_for_port(0.2) is None
    assert serving.wait_for_port(PATIENCE_S) == port
    assert asked(port, "/page")[0] == 200
    serving.close(PATIENCE_S)
    assert caplog.text.count("cannot listen on 127.0.0.1 port") == 1


def test_closing_lets_the_port_go() -> None:
    serving = HttpEndpoint("127.0.0.1", 0, {})
    serving.start()
    port = serving.wait_for_port(PATIENCE_S)
    serving.close(PATIENCE_S)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port or 0))
