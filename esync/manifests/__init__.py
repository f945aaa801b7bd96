"""The user's words: typed, defaulted, and located by file and line."""
