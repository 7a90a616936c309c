"""Errors that a user sees: one line of text each, and the exit status that goes with it."""

from __future__ import annotations


class MsapemuError(Exception):
    """The work itself failed."""

    status = 1


class UsageError(MsapemuError):
    """Wrong use, or an input file that is not what it should be."""

    status = 2


class CapabilityError(MsapemuError):
    """The machine lacks something: a privilege, a device, a kernel feature."""

    status = 3
