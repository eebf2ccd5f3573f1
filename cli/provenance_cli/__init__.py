"""The command line: click commands, rich output. It parses, calls the library, and prints."""

import gc

# Nothing of what is made while a program starts is garbage, and to look for it takes 5 % of a short
# run. A command has what is usual again, once it is loaded (`main.load_command`).
GARBAGE = gc.get_threshold()
gc.set_threshold(100_000)
