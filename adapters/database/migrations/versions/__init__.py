"""One file per revision, named by its number. A revision, once released, is never changed."""
