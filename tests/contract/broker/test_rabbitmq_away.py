"""A broker that is not there, as a process and its operator see it."""

from __future__ import annotations

import pytest

from adapters.broker.rabbitmq import RabbitBroker
from contract.errors import BrokerUnavailable
from tests.services.process import free_port


def test_a_refused_connection_is_told_in_the_systems_own_words() -> None:
    broker = RabbitBroker(f"amqp://guest:guest@127.0.0.1:{free_port()}/")
    with pytest.raises(BrokerUnavailable, match=r"no connection to the broker: .*[Rr]efused"):
        broker.depth()
    broker.close()
