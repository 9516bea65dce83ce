"""Help that reads well at 80 columns: nothing is cut off, and every value is named for what it is."""

import re
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_RANGE = re.compile(r"([0-9]+)<=x<=([0-9]+)")


class HelpfulCommand(TyperCommand):
    """A command whose help names values by the last word of their option, and marks nothing that is plain."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - the types are private to Typer
        super().__init__(*args, **kwargs)
        for option in self.params:
            if isinstance(option, TyperOption) and option.metavar is None and not option.is_flag:
                option.metavar = option.opts[0].rpartition("-")[2].upper()

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - the types are private to Typer
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the types are private to Typer
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, TyperArgument):
                name = parameter.metavar or parameter.display_type(ctx) or parameter.name
                sections["Arguments"].append((name, record[1].removesuffix("  [required]")))
            elif record is not None:
                sections["Options"].append((record[0], _RANGE.sub(r"\1 to \2", record[1])))
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


class HelpfulGroup(TyperGroup):
    """A group that says all of what each of its commands does."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - the types are private to Typer
        rows = [
            (name, " ".join((command.help or "").partition("\n\n")[0].split()))
            for name, command in self.commands.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
