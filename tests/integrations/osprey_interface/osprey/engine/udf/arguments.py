"""A stand-in for the container of arguments: annotated names, set as attributes."""

from typing import get_type_hints


class ArgumentsBase:
    def __init__(self, **arguments):
        for name, value in arguments.items():
            setattr(self, name, value)

    @classmethod
    def items(cls):
        return get_type_hints(cls)
