"""That a test which walks a table fails where one of its cases does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.each import each

if TYPE_CHECKING:
    from pathlib import Path


def test_every_failure_is_named_and_every_case_runs() -> None:
    ran = []

    @each(("one", "two"), [(1, 1), (1, 2), pytest.param(2, 3, id="named"), (3, 3)])
    def walked(one: int, two: int) -> None:
        ran.append((one, two))
        assert one == two

    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail: 1-2, named") as caught:
        walked()
    assert [type(one) for one in caught.value.exceptions] == [AssertionError, AssertionError]
    assert ran == [(1, 1), (1, 2), (2, 3), (3, 3)]


def test_a_skip_a_failure_that_is_called_and_an_empty_table_are_failures() -> None:
    @each("what", [pytest.skip, pytest.fail])
    def walked(what: object) -> None:
        what("why")  # type: ignore[operator]  # one of the two above

    with pytest.raises(ExceptionGroup, match="2 of 2 cases fail"):
        walked()

    @each("what", [])
    def empty(what: object) -> None:
        pass

    with pytest.raises(AssertionError, match="no case"):
        empty()


def test_a_name_that_the_test_does_not_take_is_an_error() -> None:
    with pytest.raises(AssertionError, match="other names"):
        each("one", [1])(lambda two: None)


@each("first", [1, 2])
@each("second", [1, 2])
def test_every_case_has_a_folder_of_its_own(first: int, second: int, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    (tmp_path / f"{first}-{second}").touch()
