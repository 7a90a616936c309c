"""Damaged and made-up input for every decoder: one target a file, plain random mutation, a seed that is printed.

    python -m fuzz [--seed N] [--seconds N] [TARGET...]

`make fuzz SECONDS=60` sends more than 10^5 frames through `decode`.

A target has `seeds()`, good inputs to start from, and `check(octets, chance)`, which raises when what must hold for
every input does not hold. With `atheris` installed, `python -m fuzz --atheris TARGET` lets coverage lead instead.
"""
