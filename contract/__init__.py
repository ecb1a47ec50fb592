"""The vocabulary of Diptych: frozen types, schemas, errors and ports. No I/O."""
