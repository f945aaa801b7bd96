"""JSONPath in the dialect of the webhook provider: paths of PaesslerAG over the language of gval.

``syntax`` reads an expression, ``evaluation`` walks a decoded document.

Source:
    External Secrets Operator 2.9, webhook provider: ``github.com/PaesslerAG/jsonpath`` 0.1.1.
"""

from esync.payload.jsonpath.evaluation import evaluate
from esync.payload.jsonpath.syntax import PathError

__all__ = ["PathError", "evaluate"]
