import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from asd_monitor.models.errors import ConfigurationError
from asd_monitor.monitor.config import load_config
from asd_monitor.monitor.config.schema import json_schema, meanings, tables

EXAMPLE = Path(__file__).parents[3] / "systemd" / "asd-monitor.toml"
PUMP = '[[machine]]\nid = "pump"\ndevice = "hw:1"\n'


def is_valid(text: str) -> bool:
    """Whether an editor would find nothing to say."""
    validator = jsonschema.Draft202012Validator(json_schema())
    return bool(validator.is_valid(tomllib.loads(text)))


def all_shown() -> str:
    """The example with everything in it that is commented out."""
    text = EXAMPLE.read_text(encoding="utf-8")
    return re.sub(r"^# (?=\w+ = |\[\[)", "", text, flags=re.MULTILINE)


def test_it_is_a_schema_and_json() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


def test_the_example_is_valid_as_it_is_and_with_everything_it_shows() -> None:
    assert is_valid(EXAMPLE.read_text(encoding="utf-8"))
    assert is_valid(all_shown())


def test_every_key_has_a_meaning_and_no_meaning_is_of_another_key() -> None:
    definitions: dict[str, Any] = json_schema()["$defs"]
    for _, table in tables():
        properties = definitions[table.__name__]["properties"]
        assert meanings(table).keys() == properties.keys()
        assert all(each["description"] for each in properties.values())


def test_nothing_may_be_null_as_toml_cannot_write_it() -> None:
    assert "null" not in json.dumps(json_schema())


@pytest.mark.parametrize(
    "text",
    [
        PUMP + 'devcie = "x"\n',
        PUMP + "[mqt]\n",
        PUMP + 'channel = "left"\n',
        PUMP + '[mqtt]\nport = "1883"\n',
        PUMP + '[[sink]]\nkind = "pigeon"\n',
        PUMP + "[[sink]]\nid = 'x'\n",
        "",
    ],
)
def test_what_an_editor_refuses_the_program_refuses_too(text: str, tmp_path: Path) -> None:
    assert not is_valid(text)
    path = tmp_path / "asd-monitor.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        load_config(path)
