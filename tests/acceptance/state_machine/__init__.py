"""People, two hostile CRMs, dying and frozen workers, in any order: what must hold when all is quiet again.

A hypothesis state machine acts on both stand-in CRMs and drives the real parts of a worker step by step.
Each run draws its settings, and which of the rarer things are played in it.
A journal notes what truly changed in the CRMs and who changed it. In the end the oracle, which imports
nothing of the rules or the consumers, judges the journal by the product's written behaviour.
"""
