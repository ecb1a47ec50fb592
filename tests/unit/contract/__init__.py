"""The vocabulary: envelope, ids, secrets, the portal's file."""
