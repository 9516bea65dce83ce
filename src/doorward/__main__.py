"""`python -m doorward` is the command `doorward`."""

from doorward.cli import main

if __name__ == "__main__":
    main()
