"""Patterns for paths, and that no name makes them slow."""

from __future__ import annotations

from support.each import each

from provenance.base.paths import matches


@each(
    ("pattern", "path", "expected"),
    [
        ("**", "a/b.jpg", True),
        ("**", "b.jpg", True),
        ("*.jpg", "b.jpg", True),
        ("*.jpg", "deep/er/b.jpg", True),
        ("*.jpg", "b.jpg/c.png", False),
        ("press/*", "in/press/b.jpg", True),
        ("press/*", "in/press/old/b.jpg", False),
        ("press/**", "in/press/old/b.jpg", True),
        ("press/", "in/press/old/b.jpg", True),
        ("press/**/b.jpg", "press/b.jpg", True),
        ("press/**/b.jpg", "press/x/y/b.jpg", True),
        ("press/**/b.jpg", "press/x/y/c.jpg", False),
        ("**/x/**/x/y", "x/q/x/x/y", True),
        ("**/x/**/x/y", "x/y/x/z", False),
        ("/data/*", "/data/b", True),
        ("/data/*", "data/b", False),
        ("/data/*", "/other/data/b", False),
        ("./press/*", "./in/./press//b", True),
        ("[ab].jpg", "a.jpg", True),
        ("[!ab].jpg", "a.jpg", False),
        ("?.jpg", "ab.jpg", False),
        ("A.jpg", "a.jpg", False),
        ("a.jpg", "a.jpg\n", False),
        ("*.jpg", "line\nbreak.jpg", True),
        ("*", "\udcff\udcfe", True),
        ("a.b", "axb", False),
    ],
)
def test_a_pattern_fits_the_paths_that_it_names(pattern: str, path: str, expected: bool) -> None:
    assert matches(pattern, path) is expected


def test_a_hostile_name_takes_no_time() -> None:
    """Backtracking would take longer than the universe has."""
    assert not matches("*a" * 40 + "b", "a" * 4000)
    assert not matches("**/a/" * 40 + "b", "a/" * 2000 + "c")
