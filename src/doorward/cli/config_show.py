"""`doorward config show`."""

import os
from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.config_values import shown_settings
from doorward.cli.opening import read_settings
from doorward.cli.output import show_json, show_table


def show(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every setting, its value and where it came from; secrets are masked."""
    settings = shown_settings(read_settings(), os.environ)
    if json:
        show_json(
            [
                {
                    "variable": setting.reference.variable,
                    "value": setting.value,
                    "source": setting.source,
                    "type": setting.reference.type,
                    "description": setting.reference.description,
                }
                for setting in settings
            ]
        )
        return
    show_table(
        ("SETTING", "VALUE", "SOURCE"),
        ((setting.reference.variable, setting.value or "-", setting.source) for setting in settings),
        empty="",
    )


COMMAND = Command(("config", "show"), show)
