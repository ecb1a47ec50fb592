"""Tests with real servers and real HTTP."""
