"""`python -m msapemu`."""

from msapemu.cli.main import main

main()
