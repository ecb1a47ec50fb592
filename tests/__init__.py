"""Diptych's tests: unit, contract, integration, acceptance, browser."""
