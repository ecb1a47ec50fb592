"""The demo's judge, which must not be fooled."""
