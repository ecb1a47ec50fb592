"""One suite over Redis and fakeredis, and one without either."""
