"""One test for a table: it walks every case, and names each one that fails.

A test of its own for each case costs more than most cases do: some milliseconds in each worker, and
in the process that hears of all of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import pytest

_SHOWN = 20  # cases that are shown in full
_LONGEST = 100  # characters that a name has

Ids = Callable[[Any], object] | Iterable[object] | None


def each(
    names: str | Sequence[str], cases: Iterable[Any], ids: Ids = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test for each of the cases; written as `pytest.mark.parametrize` is.

    Every case runs, whatever becomes of the others, with a `tmp_path` of its own where the test
    asks for one; other fixtures are shared. A case cannot be skipped: leave it out of the cases.
    """
    wanted = [one.strip() for one in names.split(",")] if isinstance(names, str) else list(names)
    listed = [(case, _values(case, len(wanted))) for case in cases]
    if callable(ids):
        called = ids
        titles = ["-".join(str(called(value)) for value in values) for _, values in listed]
    elif ids is not None:
        titles = [str(one) for one in ids]
    else:
        titles = [_title(case, values) for case, values in listed]
    table = list(zip(titles, (values for _, values in listed), strict=True))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def walk(*arguments: Any, **given: Any) -> None:
            assert table, "there is no case"
            failed = {}
            for number, (title, values) in enumerate(table):
                own = dict(zip(wanted, values, strict=True))
                if "tmp_path" in given:
                    own["tmp_path"] = given["tmp_path"] / str(number)
                    own["tmp_path"].mkdir()
                try:
                    test(*arguments, **given | own)
                except pytest.skip.Exception as e:
                    failed[number] = AssertionError(f"[{title}] skips: {e}")
                except pytest.fail.Exception as e:
                    failed[number] = AssertionError(f"[{title}] {e}")
                except Exception as e:  # noqa: BLE001 - a case may fail in any way, and is reported
                    e.add_note(f"[{title}]")
                    failed[number] = e
            if failed:
                said = ", ".join(table[number][0] for number in failed)
                words = f"{len(failed)} of {len(table)} cases fail: {said}"
                raise ExceptionGroup(words, list(failed.values())[:_SHOWN])

        del walk.__wrapped__  # pytest would take the arguments of the test for fixtures
        signature = inspect.signature(test)
        kept = [one for one in signature.parameters.values() if one.name not in wanted]
        assert len(kept) + len(wanted) == len(signature.parameters), "the test takes other names"
        walk.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # it is read, and listed nowhere
        return walk

    return decorate


def _values(case: Any, count: int) -> tuple[Any, ...]:
    if isinstance(case, type(pytest.param())):
        assert not case.marks, "a case has no marks of its own here"
        return tuple(case.values)
    return (case,) if count == 1 else tuple(case)


def _title(case: Any, values: tuple[Any, ...]) -> str:
    name = getattr(case, "id", None) if isinstance(case, type(pytest.param())) else None
    return str(name) if name else "-".join(str(value)[:_LONGEST] for value in values)
