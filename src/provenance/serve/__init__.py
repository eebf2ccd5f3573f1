"""The service on one's own machine: a page and an API that give the verdicts of `verify`."""
