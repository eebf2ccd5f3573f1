"""That the source is walked as Python's own library walks it."""

from __future__ import annotations

import ast
from pathlib import Path

from support import source


def test_nodes_of_a_module_come_in_the_order_of_ast_walk() -> None:
    path = Path(__file__).with_name("each.py")
    assert source.nodes(path) == tuple(ast.walk(source.tree(path)))
