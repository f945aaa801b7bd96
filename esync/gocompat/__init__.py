"""Go's manners in Python: how Go holds, prints, parses and encodes values."""
