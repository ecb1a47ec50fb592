"""The figures of the README, measured on stand-in CRMs that take 100 ms per call: `make bench`.

Nothing here asserts a time: a figure depends on the machine and on what else it does. What is measured
must be right all the same: a run whose records do not agree in the end raises an error.
"""
