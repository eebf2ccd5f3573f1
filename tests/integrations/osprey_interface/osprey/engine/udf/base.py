"""A stand-in for the base of functions: generic over arguments and result, as Osprey asks it."""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar, get_args

Arguments = TypeVar("Arguments")
RValue = TypeVar("RValue")


class UDFBase(Generic[Arguments, RValue], ABC):
    execute_async: ClassVar[bool] = False
    category: ClassVar[str | None] = None

    def __init__(self, validation_context, arguments):
        pass

    @abstractmethod
    def execute(self, execution_context, arguments):
        raise NotImplementedError

    @classmethod
    def get_arguments_type(cls):
        return get_args(cls.__orig_bases__[0])[0]

    @classmethod
    def get_rvalue_type(cls):
        return get_args(cls.__orig_bases__[0])[1]
