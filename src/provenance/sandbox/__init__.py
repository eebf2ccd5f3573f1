"""Processes of their own for what strangers made or wrote, and what confines them.

`worker` starts and asks a worker, `serving` is the worker's own side, `frames` what goes between
them. `confine` and `limits` are what a process takes upon itself; `landlock` and `seccomp` what the
Linux kernel offers for it. `process` is for children of every kind, foreign programs included.
"""
