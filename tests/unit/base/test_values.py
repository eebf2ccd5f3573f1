"""Our `dataclass` behaves as the original does with the same options."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from typing import ClassVar

import pytest

from provenance.base.values import dataclass


def _make(decorator):
    @decorator(frozen=True, slots=True)
    class Value:
        """A value."""

        a: int
        b: str = "x"
        c: list = dataclasses.field(default_factory=list, compare=False)
        d: bytes = dataclasses.field(default=b"secret", repr=False)
        e: int = dataclasses.field(default=7, init=False)

        def __post_init__(self) -> None:
            if self.a < 0:
                raise ValueError("below zero")

        @property
        def twice(self) -> int:
            return self.a * 2

    return Value


@dataclass(frozen=True, slots=True)
class Kept:
    name: str
    size: int = 0


@pytest.fixture(params=[dataclass, dataclasses.dataclass], ids=["ours", "original"])
def value(request):
    return _make(request.param)


def test_a_value_is_constructed_and_has_its_fields(value):
    one = value(1, d=b"y")
    assert (one.a, one.b, one.c, one.d, one.e, one.twice) == (1, "x", [], b"y", 7, 2)
    assert one.c is not value(1).c
    assert [f.name for f in dataclasses.fields(one)] == ["a", "b", "c", "d", "e"]
    assert dataclasses.is_dataclass(one)
    assert value.__match_args__ == ("a", "b", "c", "d")
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, "b", [], b"", 5), {}), ((1,), {"a": 1}), ((1,), {"z": 1})]
)
def test_wrong_arguments_are_refused(value, args, kwargs):
    with pytest.raises(TypeError):
        value(*args, **kwargs)


def test_post_init_runs_for_every_instance(value):
    for _ in range(2):
        with pytest.raises(ValueError, match="below zero"):
            value(-1)


def test_the_first_instances_are_like_the_later_ones(value):
    """The first few are filled without compiled code."""
    made = [value(n, "z", d=b"y") if n % 2 else value(a=n, d=b"y", b="z") for n in range(40)]
    for n, one in enumerate(made):
        assert (one.a, one.b, one.c, one.d, one.e) == (n, "z", [], b"y", 7)
        assert one == value(n, "z", d=b"y")
    for args, kwargs in (((), {}), ((1, "b", [], b"", 5), {}), ((1,), {"a": 1}), ((1,), {"z": 1})):
        with pytest.raises(TypeError):
            value(*args, **kwargs)


def test_annotations_stay_as_they_are_written(value):
    assert value.__annotations__["c"] == "list"
    assert [f.type for f in dataclasses.fields(value)] == ["int", "str", "list", "bytes", "int"]


def test_a_class_variable_is_no_field_of_a_value():
    @dataclass(frozen=True, slots=True)
    class Value:
        a: int
        shared: ClassVar[int] = 3

    assert [f.name for f in dataclasses.fields(Value)] == ["a"]
    assert (Value(1).a, Value.shared) == (1, 3)


def test_values_are_equal_and_hashed_by_their_fields(value):
    assert value(1, c=[1]) == value(1, c=[2])
    assert hash(value(1, c=[1])) == hash(value(1, c=[2]))
    assert value(1) != value(2)
    assert value(1) != _make(dataclass)(1)
    assert value(1) != (1, "x", b"secret", 7)
    assert len({value(1), value(1), value(2)}) == 2


def test_no_attribute_of_a_value_can_be_set_or_deleted(value):
    one = value(1)
    for act in (lambda: setattr(one, "a", 2), lambda: setattr(one, "new", 2)):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            act()
    with pytest.raises(dataclasses.FrozenInstanceError):
        del one.a


def test_replace_runs_the_checks_again(value):
    assert dataclasses.replace(value(1, "y"), a=2) == value(2, "y")
    with pytest.raises(ValueError, match="below zero"):
        dataclasses.replace(value(1), a=-1)


def test_repr_of_a_value_leaves_out_what_is_not_to_be_shown(value):
    assert repr(value(1)).endswith("Value(a=1, b='x', c=[], e=7)")


def _pickled(value):
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _pickled])
def test_a_value_survives_copying_and_pickling(again):
    one = Kept("x", 3)
    assert again(one) == one


def test_options_of_the_original_dataclass_are_kept():
    @dataclass
    class Loose:
        a: int = 1

    loose = Loose()
    loose.a = 2
    assert loose == Loose(2)


def test_a_class_without_words_loads_no_tokenizer():
    code = (
        "import sys, dataclasses\n"
        "from provenance.base.values import dataclass\n"
        "import inspect; inspect.signature = None\n"
        "@dataclass(frozen=True, slots=True)\nclass A:\n    a: int\n"
        "print(A(1))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "A(a=1)\n"
