"""The webhook process under the servers that people run it with."""
