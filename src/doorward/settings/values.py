"""The rules of the remaining values: where they fail, one clause says what would be right."""

import ipaddress
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

MIN_SECRET_LENGTH = 32


def split_secrets(text: str) -> tuple[str, ...]:
    """The items of a comma list of secrets, the newest first."""
    return tuple(item.strip() for item in text.split(","))


def _check_data_dir(value: Path) -> Path:
    if "\0" in str(value):
        raise ValueError("must be the path of a directory")
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be the path of a directory, and the home directory it starts with is unknown") from None


def _check_database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url.startswith(("postgresql://", "postgres://")) or (url.startswith("sqlite:///") and url != "sqlite:///"):
        return value
    raise ValueError("must be sqlite:///path/to/file or a postgresql:// address: correct it or unset it")


def _check_secret_key(value: SecretStr) -> SecretStr:
    if any(len(item) < MIN_SECRET_LENGTH for item in split_secrets(value.get_secret_value())):
        raise ValueError(
            f"must have at least {MIN_SECRET_LENGTH} characters in each item of the list: "
            "make one with `openssl rand -hex 32`, or unset it"
        )
    return value


def _check_metrics_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]{32,500}", value.get_secret_value()):
        raise ValueError(
            f"must have at least {MIN_SECRET_LENGTH} characters, without spaces: make one with `openssl rand -hex 32`"
        )
    return value


def _check_host(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("must be an IP address to listen on such as 127.0.0.1 or 0.0.0.0") from None


def _split_list(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _check_networks(value: tuple[str, ...]) -> tuple[str, ...]:
    try:
        _ = [ipaddress.ip_network(network, strict=False) for network in value]
    except ValueError:
        raise ValueError("must be a comma list of addresses or networks such as 10.0.0.0/8, 192.0.2.7") from None
    return value


def _check_page(value: str) -> str:
    if not re.fullmatch(r"https?://[!-~]{1,2000}", value):
        raise ValueError("must be the address of a page such as https://docs.example.com/mcp")
    return value


def _check_name(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be a name of printable characters")
    return value.strip()


def _check_file(value: Path) -> Path:
    if "\0" in str(value):
        raise ValueError("must be the path of a file")
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be the path of a file, and the home directory it starts with is unknown") from None


DataDir = Annotated[Path, AfterValidator(_check_data_dir)]
DataFile = Annotated[Path, AfterValidator(_check_file)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_check_database_url)]
SecretKey = Annotated[SecretStr, AfterValidator(_check_secret_key)]
MetricsToken = Annotated[SecretStr, AfterValidator(_check_metrics_token)]
Host = Annotated[str, AfterValidator(_check_host)]
Networks = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(_split_list),
    AfterValidator(_check_networks),
]
Page = Annotated[str, AfterValidator(_check_page)]
DisplayName = Annotated[str, AfterValidator(_check_name)]
