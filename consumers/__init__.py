"""The working processes: inbox, reconcile, ownership, sweep and the keeper of dead letters."""
