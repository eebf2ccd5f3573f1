"""The rules of lint, one module a topic."""
