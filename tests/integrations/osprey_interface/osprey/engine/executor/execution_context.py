"""A stand-in: the functions of this plug-in take nothing from it."""


class ExecutionContext:
    pass
