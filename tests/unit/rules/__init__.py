"""What the rules decide, a sentence per test."""
