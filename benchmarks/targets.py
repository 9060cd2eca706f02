"""What was to be reached, and whether it was in this run: a line of `docs/performance.md`."""


def at_least(what: str, wanted: float, measured: float, *, digits: int = 2) -> str:
    """A target that is met by this number or a higher one."""
    return _line(what, f"at least {wanted:g}", f"{measured:.{digits}f}", met=measured >= wanted)


def at_most(what: str, wanted: float, measured: float, *, digits: int = 2) -> str:
    """A target that is met by this number or a lower one."""
    return _line(what, f"at most {wanted:g}", f"{measured:.{digits}f}", met=measured <= wanted)


def _line(what: str, wanted: str, measured: str, *, met: bool) -> str:
    return f"- Target: {what} {wanted}. Measured {measured}: {'met' if met else '**not met**'}."
