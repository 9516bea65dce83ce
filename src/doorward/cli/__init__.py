"""The command `doorward`: one command a file, each calling one operation."""


def main() -> None:
    """Run the command line."""
    from doorward.cli.program import create_program

    create_program()()
