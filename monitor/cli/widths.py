"""Widths of hidden layers on the command line."""

import re

import click


class WidthsType(click.ParamType[tuple[int, ...]]):
    """Widths of layers such as ``64,32,16,32,64``."""

    name = "widths"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Parse them, or say what would parse."""
        if isinstance(value, tuple):
            return value
        if not re.fullmatch(r"[1-9]\d{0,4}(,[1-9]\d{0,4})*", str(value)):
            self.fail(f"{value!r} are no widths of layers; write 64,32,16,32,64", param, ctx)
        return tuple(int(width) for width in str(value).split(","))
