"""Helpers that tests and the fixture maker share: a test PKI, a C2PA writer, tiny carriers."""
