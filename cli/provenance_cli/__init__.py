"""The command line: parse, call the library, render. Nothing is decided here."""
