"""What can go wrong with content and with what is asked of it."""


class ContentError(ValueError):
    """A content file is broken: file, key, what is wrong, what is expected."""


class UnknownId(KeyError):
    """Somebody asked for a test, finding or word that does not exist."""

    def __str__(self) -> str:
        return str(self.args[0])
