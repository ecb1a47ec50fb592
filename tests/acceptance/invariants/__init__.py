"""The promises of the design, each with a test that fails when it is broken: README.md says which."""
