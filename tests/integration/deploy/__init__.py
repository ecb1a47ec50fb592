"""What deploy/ holds, tried on the real servers."""
