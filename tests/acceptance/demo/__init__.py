"""The demo as a stranger starts it, and the demo with a rule broken on purpose."""
