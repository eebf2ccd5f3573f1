"""The test kit: samples with known answers, and how to hold a validator against them.

Two halves. `make` signs good and faulty samples under a throw-away PKI and writes down, for each,
what the standard says of it. `run` lets any validator judge them and scores its agreement. The
first needs the extra `[kit]`; the second needs nothing beyond this package.
"""
