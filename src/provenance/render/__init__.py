"""Renderers: one module a format, each a pure function of reports."""
