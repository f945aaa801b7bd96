"""The functions that templates can call: one table, one module per family."""
