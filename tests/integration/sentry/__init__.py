"""What reaches Sentry, seen by a local sink in its place."""
