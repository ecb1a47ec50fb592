"""The working parts, one by one."""
