"""A setting that changes nothing is a promise not kept: each one must change something of the composed server."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import CellType, FunctionType, MethodType
from typing import Any

import pytest
from pydantic import SecretStr

from doorward.app import create_app, open_installation
from doorward.settings import Settings

ELSEWHERE = {
    "log_format": "the process is told, not the application: tests/test_logs.py",
}
A_SECRET = "a secret of thirty-two characters"
OTHER_VALUES: dict[str, object] = {
    "mcp_base_url": "https://mcp.example.com",
    "dashboard_url": "https://id.example.com",
    "secret_key": f"another secret of thirty-two characters,{A_SECRET}",
    "sign_up": "open",
    "registration": "token",
    "rate_limits": "off",
    "client_documents": "off",
    "client_policy": "ask",
    "resource_name": "Weather",
    "resource_documentation": "https://docs.example.com/mcp",
    "trusted_proxies": "10.0.0.0/8",
    "log_level": "debug",
    "upstream_url": "http://127.0.0.1:9000/mcp",
    "metrics_port": 9465,
    "metrics_host": "127.0.0.2",
    "metrics_token": "a-token-of-thirty-two-characters",
    "otlp_endpoint": "http://127.0.0.1:4318",
    "log_format": "json",
}
PLAIN = str | bytes | int | float | bool | timedelta | Path


def values_of(thing: object, path: str, seen: set[int]) -> Iterator[tuple[str, object]]:
    """Every plain value that our own objects hold, through attributes, containers and closures, with its place."""
    if thing is None or isinstance(thing, PLAIN):
        yield path, thing
        return
    if isinstance(thing, SecretStr | Settings) or id(thing) in seen:
        return
    seen.add(id(thing))
    for name, part in parts_of(thing):
        yield from values_of(part, f"{path}/{name}", seen)


def parts_of(thing: object) -> Iterator[tuple[object, object]]:
    match thing:
        case dict():
            yield from thing.items()
        case list() | tuple() | set() | frozenset():
            yield from enumerate(thing)
        case FunctionType():
            yield from enumerate(thing.__closure__ or ())
            yield from settings_read_by(thing)
            yield from enumerate(thing.__defaults__ or ())
        case MethodType():
            yield "self", thing.__self__
        case CellType():
            yield "cell", thing.cell_contents
        case partial():
            yield from (("function", thing.func), ("args", thing.args), ("keywords", thing.keywords))
        case _ if type(thing).__module__.partition(".")[0] in ("doorward", "starlette", "mcp", "ipaddress"):
            yield from attributes_of(thing)
        case _:
            return


def settings_read_by(function: FunctionType) -> Iterator[tuple[str, object]]:
    """The settings that a function will look up when it runs."""
    for cell in function.__closure__ or ():
        if isinstance(cell.cell_contents, Settings):
            for name in set(function.__code__.co_names) & set(Settings.model_fields):
                yield name, getattr(cell.cell_contents, name)


def attributes_of(thing: object) -> Iterator[tuple[str, Any]]:
    slots = [name for base in type(thing).__mro__ for name in getattr(base, "__slots__", ()) if name != "__weakref__"]
    for name in [*getattr(thing, "__dict__", {}), *slots]:
        yield name, getattr(thing, name, None)


def composed(folder: Path, **changes: object) -> set[tuple[str, object]]:
    """What a server with these settings is made of, less what differs between two starts."""
    given: dict[str, object] = {"data_dir": folder, "secret_key": A_SECRET, "metrics_port": 9464, **changes}
    settings = Settings.model_validate(given)
    return set.intersection(*(started(settings) for _ in range(2)))


def started(settings: Settings) -> set[tuple[str, object]]:
    with open_installation(settings) as installation:
        return {(place, repr(value)) for place, value in values_of(create_app(installation, port=8000), "", set())}


def other_value(name: str, tmp_path: Path) -> object:
    """A value that is allowed and is not the default."""
    if name == "data_dir":
        return tmp_path / "elsewhere"
    if name == "database_url":
        return f"sqlite:///{tmp_path / 'elsewhere.db'}"
    if name == "resources_file":
        path = tmp_path / "resources.toml"
        path.write_text('resources = [{identifier = "https://files.example.com/mcp", name = "Files"}]')
        return path
    if name == "known_clients_file":
        (tmp_path / "known.toml").write_text('format = 1\nversion = 2031-01-01\nredirect_schemes = ["lantern"]\n')
        return tmp_path / "known.toml"
    if name in OTHER_VALUES:
        return OTHER_VALUES[name]
    default = Settings.model_fields[name].default
    if isinstance(default, bool):
        return not default
    if isinstance(default, int | float):
        return default + 7
    assert isinstance(default, timedelta), f"OTHER_VALUES needs a value for {name}"
    return default + timedelta(seconds=7)


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - set(ELSEWHERE)))
def test_a_setting_changes_the_composed_server(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"

    assert composed(folder) != composed(folder, **{name: other_value(name, tmp_path)})


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_a_setting_on_the_list_of_exceptions_belongs_there(name: str, tmp_path: Path) -> None:
    """Once it does change the server, the list must not say otherwise."""
    folder = tmp_path / "data"

    assert composed(folder) == composed(folder, **{name: other_value(name, tmp_path)})
