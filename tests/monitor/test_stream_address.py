import pytest
from hypothesis import given
from hypothesis import strategies as st

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.stream_address import StreamAddress

SECRET = st.text("abcdefgh0123456789-_.~", min_size=12, max_size=30)


@given(user=SECRET, password=SECRET, token=SECRET)
def test_what_is_shown_or_printed_never_holds_password_or_token(
    user: str, password: str, token: str
) -> None:
    url = f"rtsp://{user}:{password}@camera:554/audio?token={token}&ch=1"
    address = StreamAddress(url)
    assert address.shown == "rtsp://camera:554/audio"
    said = f"[rtsp] {url}: 401; {password} and {token} are wrong; {user}:{password}"
    for text in (address.shown, repr(address), str(address), address.hide(said)):
        assert password not in text
        assert token not in text


def test_a_quoted_password_is_hidden_as_it_is_meant_too() -> None:
    address = StreamAddress("http://me:se%2Fcret@host/x")
    assert address.hide("se/cret, se%2Fcret") == "***, ***"


def test_what_is_no_secret_stays() -> None:
    address = StreamAddress("http://host/live.mp3?ch=1")
    assert address.hide("HTTP error 404 at 11:11") == "HTTP error 404 at 11:11"


@pytest.mark.parametrize("url", ["", "camera", "-i://x", "file.wav", "http://", "http://h:x/"])
def test_what_is_no_address_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="address of "):
        StreamAddress(url)
