"""Commands that have commands of their own."""

import click


class ListingGroup(click.Group):
    """A group whose command ``list`` is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``asd-monitor events --machine pump`` as ``asd-monitor events list ...``."""
        is_named = args and (not args[0].startswith("-") or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else ["list", *args])
