"""Go's text/template in Python: lexer, parser, executor and the function set of the operator."""
