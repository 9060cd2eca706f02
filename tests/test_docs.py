"""What the documentation says can be typed, can be typed."""

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from asd_monitor.monitor.cli.main import COMMANDS, cli
from asd_monitor.monitor.config import load_config

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
_FENCED = re.compile(r"^```sh\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
_SHELL = {"|", "||", "&&", "&", ";", ">", ">>", "<", "2>"}


def reference() -> ModuleType:
    """The script that generates pages, as a module."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def commands_in(text: str) -> Iterator[list[str]]:
    """Every call of asd-monitor in the fenced shell blocks of a page, as its arguments."""
    for block in _FENCED.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            words = _words(line.strip().removeprefix("$ "))
            if words[:1] == ["asd-monitor"]:
                end = next((i for i, word in enumerate(words) if word in _SHELL), len(words))
                yield words[1:end]


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(lexer)


def parse(arguments: list[str]) -> None:
    """Parse a call as the program would, without doing what it says.

    Raises:
        click.UsageError: a command or an option does not exist, or a value is none.
    """
    context = click.Context(cli, info_name="asd-monitor")
    name, *rest = arguments
    if name.startswith("-"):
        cli.make_parser(context).parse_args([name])
        return
    _, command, rest = cli.resolve_command(context, [name, *rest])
    assert command is not None
    if "--help" not in rest:
        command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", reference().pages(), ids=lambda page: page.name)
def test_generated_files_are_what_the_program_says(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == reference().pages()[page], "run scripts/reference.py"


def test_a_command_that_does_not_exist_would_be_found() -> None:
    text = "```sh\n$ asd-monitor replay a/ --json | jq .  # all\nasd-monitor listen\n```\n"
    good, bad = commands_in(text)
    assert good == ["replay", "a/", "--json"]
    parse(good)
    with pytest.raises(click.UsageError, match="listen"):
        parse(bad)
    with pytest.raises(click.UsageError, match="--frob"):
        parse([*good, "--frob"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_shows_can_be_typed(page: Path) -> None:
    for arguments in commands_in(page.read_text(encoding="utf-8")):
        parse(arguments)


def test_the_readme_shows_commands_and_names_every_one_there_is() -> None:
    text = README.read_text(encoding="utf-8")
    assert list(commands_in(text))
    assert [name for name in COMMANDS if f"asd-monitor {name}" not in text] == []


def test_the_configuration_that_is_installed_can_be_loaded() -> None:
    config = load_config(ROOT / "systemd" / "asd-monitor.toml")
    assert config.machine


def test_every_key_of_the_configuration_is_in_the_installed_one() -> None:
    text = (ROOT / "systemd" / "asd-monitor.toml").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \|", reference().configuration(), flags=re.MULTILINE)
    assert described
    left_out = {key for key in described if not re.search(rf"^(# )?{key} = ", text, re.MULTILINE)}
    assert left_out == {"speed"}, "a key of recordings, which no installed service plays"
