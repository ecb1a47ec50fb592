"""Unit tests cannot open sockets."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put pytest-socket's ban on every test in this folder."""
    for item in items:
        if item.path.is_relative_to(__file__.rpartition("/")[0]):
            item.add_marker(pytest.mark.disable_socket)
