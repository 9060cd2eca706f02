import re
from dataclasses import replace

import pytest

from asd_monitor.models.errors import DeviceError
from asd_monitor.monitor.capture.device import Device, find_again, resolve, specify
from asd_monitor.monitor.capture.devices import pulse_sources


def card(index: int, name: str, **more: int) -> Device:
    channels, rate_hz = more.get("channels", 2), more.get("rate_hz", 48_000)
    return Device(
        name=name,
        host_api="ALSA",
        max_input_channels=channels,
        default_rate_hz=rate_hz,
        index=index,
    )


ONBOARD = card(0, "HDA Intel: ALC257 Analog (hw:0,0)")
USB = card(3, "USB PnP Sound Device: Audio (hw:1,0)", channels=1)
USB_DIGITAL = card(4, "USB PnP Sound Device: Digital (hw:1,1)")
TENTH = card(5, "Scarlett: USB Audio (hw:10,2)", channels=16)
PULSE = card(6, "pulse", channels=32)
DEFAULT = replace(card(7, "default", channels=32), is_default=True)
DEVICES = [ONBOARD, USB, USB_DIGITAL, TENTH, PULSE, DEFAULT]
MONITOR, WEBCAM = pulse_sources(
    "0\tsink.monitor\tmodule-null-sink.c\ts16le 1ch 48000Hz\tIDLE\n"
    "1\tusb-webcam\tmodule-alsa-card.c\tfloat32le 2ch 44100Hz\tRUNNING\n"
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("default", DEFAULT),
        ("3", USB),
        ("hw:1", USB),
        ("hw:1,1", USB_DIGITAL),
        ("hw:10", TENTH),
        ("hw:0", ONBOARD),
        ("alc257", ONBOARD),
        ("pulse", PULSE),
        (USB.name, USB),
        ("pulse:sink.monitor", MONITOR),
        ("webcam", WEBCAM),
    ],
)
def test_every_way_to_name_a_device_finds_it(wanted: str, found: Device) -> None:
    assert resolve([*DEVICES, MONITOR, WEBCAM], wanted) == found


def test_an_ambiguous_name_lists_the_matches_and_no_others() -> None:
    with pytest.raises(DeviceError) as refused:
        resolve(DEVICES, "usb pnp")
    assert USB.name in str(refused.value)
    assert USB_DIGITAL.name in str(refused.value)
    assert ONBOARD.name not in str(refused.value)


@pytest.mark.parametrize("wanted", ["nothing like it", "99", "hw:2", "hw:1,7", "hw:x"])
def test_an_unknown_name_lists_the_devices_there_are(wanted: str) -> None:
    with pytest.raises(DeviceError) as refused:
        resolve(DEVICES, wanted)
    assert all(device.name in str(refused.value) for device in DEVICES)


def test_no_device_at_all_is_said() -> None:
    with pytest.raises(DeviceError, match="none at all"):
        resolve([], "default")


def test_a_card_that_came_back_under_another_number_is_found_by_its_old_name() -> None:
    moved = replace(USB, name="USB PnP Sound Device: Audio (hw:2,0)")
    assert resolve([ONBOARD, moved], USB.name) == moved


def test_two_cards_of_one_kind_do_not_stand_in_for_a_third() -> None:
    twins = [replace(USB, name=f"USB PnP Sound Device: Audio (hw:{n},0)") for n in (2, 3)]
    with pytest.raises(DeviceError, match=re.escape("(hw:2,0); ")):
        resolve(twins, USB.name)


def test_a_pulse_source_is_taken_at_its_word_only_where_none_can_be_listed() -> None:
    assert resolve(DEVICES, "pulse:attic").name == "pulse:attic"
    with pytest.raises(DeviceError, match=re.escape(MONITOR.name)):
        resolve([*DEVICES, MONITOR], "pulse:attic")


def test_pulse_sources_keep_their_channels_and_rate() -> None:
    assert (MONITOR.name, MONITOR.max_input_channels, MONITOR.default_rate_hz) == (
        "pulse:sink.monitor",
        1,
        48_000,
    )
    assert (WEBCAM.max_input_channels, WEBCAM.default_rate_hz) == (2, 44_100)


@pytest.mark.parametrize(
    ("device", "channel", "n_channels"),
    [
        (TENTH, 3, 16),
        (TENTH, None, 16),
        (USB, 0, 1),
        (PULSE, 0, 2),
        (PULSE, 5, 6),
        (PULSE, None, 1),
    ],
)
def test_a_card_is_opened_whole_and_a_virtual_device_as_far_as_needed(
    device: Device, channel: int | None, n_channels: int
) -> None:
    assert specify(device, channel=channel).n_channels == n_channels


@pytest.mark.parametrize("channel", [-1, 2])
def test_a_channel_that_does_not_exist_is_refused(channel: int) -> None:
    with pytest.raises(DeviceError, match="it has 2"):
        specify(ONBOARD, channel=channel)


def test_the_rate_is_the_devices_own_unless_one_is_asked() -> None:
    assert specify(ONBOARD, channel=0).sample_rate_hz == 48_000
    assert specify(ONBOARD, channel=0, sample_rate_hz=16_000).sample_rate_hz == 16_000


def test_only_a_source_of_the_sound_server_has_a_pulse_source() -> None:
    assert specify(MONITOR, channel=0).pulse_source == "sink.monitor"
    assert specify(PULSE, channel=0).pulse_source is None


def test_a_card_is_found_again_in_its_port_whatever_its_number() -> None:
    spec = specify(replace(USB, port="usb1/1-2"), channel=0)
    moved = replace(USB, name="USB PnP Sound Device: Audio (hw:2,0)", port="usb1/1-2")
    twin = replace(USB, port="usb1/1-3")
    assert find_again([ONBOARD, twin, moved], spec) == moved


def test_a_twin_in_another_port_never_stands_in() -> None:
    spec = specify(replace(USB, port="usb1/1-2"), channel=0)
    for name in (USB.name, "USB PnP Sound Device: Audio (hw:2,0)"):
        with pytest.raises(DeviceError, match="usb1/1-2"):
            find_again([ONBOARD, replace(USB, name=name, port="usb1/1-3")], spec)


def test_one_card_with_two_devices_keeps_them_apart() -> None:
    spec = specify(replace(USB_DIGITAL, port="usb1/1-2"), channel=0)
    devices = [replace(USB, port="usb1/1-2"), replace(USB_DIGITAL, port="usb1/1-2")]
    assert find_again(devices, spec).name == USB_DIGITAL.name


def test_without_a_port_the_name_finds_it_and_a_source_of_the_server_through_the_server() -> None:
    assert find_again(DEVICES, specify(TENTH, channel=0)) == TENTH
    assert find_again(DEVICES, specify(MONITOR, channel=0)) == PULSE
