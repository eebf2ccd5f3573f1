"""One thread for a library, and nothing for anybody else."""

import os

import pytest

from provenance.base import threads


def test_a_library_has_one_thread_within_the_context_and_no_longer(monkeypatch):
    monkeypatch.delenv("A_LIBRARY_THREADS", raising=False)
    with threads.one_thread("A_LIBRARY_THREADS"):
        assert os.environ["A_LIBRARY_THREADS"] == "1"
    assert "A_LIBRARY_THREADS" not in os.environ
    with pytest.raises(ZeroDivisionError), threads.one_thread("A_LIBRARY_THREADS"):
        _ = 1 // 0
    assert "A_LIBRARY_THREADS" not in os.environ


def test_the_number_of_threads_that_the_user_set_stays(monkeypatch):
    monkeypatch.setenv("A_LIBRARY_THREADS", "8")
    with threads.one_thread("A_LIBRARY_THREADS"):
        assert os.environ["A_LIBRARY_THREADS"] == "8"
    assert os.environ["A_LIBRARY_THREADS"] == "8"
