"""The process around the product: configuration, keys, logs, error reports."""
