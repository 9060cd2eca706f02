import click
import pytest

from asd_monitor.monitor.cli.widths import WidthsType


@pytest.mark.parametrize(
    ("text", "widths"), [("64,32,16,32,64", (64, 32, 16, 32, 64)), ("8", (8,))]
)
def test_widths_are_read_in_their_order(text: str, widths: tuple[int, ...]) -> None:
    assert WidthsType().convert(text, None, None) == widths


@pytest.mark.parametrize("text", ["", "0", "64,", "64,0", "64 32", "-8", "8.5", "1000000", "64,,8"])
def test_what_are_no_widths_is_answered_with_some_that_are(text: str) -> None:
    with pytest.raises(click.BadParameter, match="64,32,16,32,64"):
        WidthsType().convert(text, None, None)
