"""The commands, by the headings that they stand under in the help of the program."""

from __future__ import annotations

# heading -> name -> one line for the list of commands. The module of a command bears its name, with
# _ for -, and its function that name with _command.
SECTIONS = {
    "Look at files": {
        "verify": "Tell where files say they came from.",
        "inspect": "Show every block and field that was seen in a file.",
        "chain": "Show the signing chains of a file.",
        "compare": "Say what a pipeline did to the evidence of files.",
        "recover": "Find the credential that a file has lost.",
        "serve": "Open a page in the browser, and an API, for the same verdicts.",
    },
    "Many files": {
        "audit": "Go through many files, and write each answer into a ledger.",
        "shards": "Audit what is too much for one machine: plan shards, run each.",
        "report": "Show what an audit found: summary, tables, a page, differences.",
        "export": "Write results in the formats of other systems.",
        "attest": "Sign what an audit wrote, and check it later.",
        "check-result": "Check a signed result of verify against a file.",
    },
    "For makers of generators and validators": {
        "lint": "Check files against the rules of a profile.",
        "rules": "List the rules of lint, or show one.",
        "kit": "Make samples with known answers; score validators on them.",
        "repository": "Keep manifest stores in a folder, and serve them.",
    },
    "What answers rest on": {
        "explain": "Say what a code means, and what to do about it.",
        "policy": "Show the default policy, check one of your own.",
        "trust": "List, show, check and update trust lists.",
        "detectors": "List what looks for markers of AI origin.",
        "watermarks": "List and evaluate decoders of watermarks.",
        "schema": "Print the JSON Schema of a machine format.",
    },
    "This program": {
        "config": "Show which settings are in force, and where they come from.",
        "completion": "Print what makes a shell complete commands, options and values.",
    },
}
COMMANDS = {name: said for section in SECTIONS.values() for name, said in section.items()}
