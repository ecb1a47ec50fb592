"""The webhook process, without sockets."""
