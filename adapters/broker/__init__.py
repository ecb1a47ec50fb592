"""The broker, twice: RabbitMQ, and a table for the embedded default. One contract suite holds for both."""
