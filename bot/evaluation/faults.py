"""What stops an evaluation."""


class Unreadable(Exception):
    """A file can't be used: sentences that a person can act on, each naming file and line."""
