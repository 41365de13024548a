"""Errors that the user can mend."""


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what and why.

    The command line prints the message as one line and exits with status 2.
    """
