"""The benchmarks measure what they say; how fast is nobody's business here."""
