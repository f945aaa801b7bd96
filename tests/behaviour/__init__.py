"""What esync does, told as sentences of the specification."""
