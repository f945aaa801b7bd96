"""Documents for tests, written as users write them."""

from __future__ import annotations

from esync.load.documents import Scope, read_documents
from esync.manifests.document import Document


def document(text: str) -> Document:
    """Return the one document in ``text``, from file ``f.yaml``."""
    (found,) = read_documents(text.encode(), "f.yaml", Scope())
    assert isinstance(found, Document)
    return found


def of_kind(kind: str, spec: str, version: str = "v1") -> Document:
    """Return a document with this ``spec``, YAML from line 5 on."""
    indented = "".join(f"  {line}\n" for line in spec.strip("\n").splitlines())
    head = f"apiVersion: external-secrets.io/{version}\nkind: {kind}\nmetadata: {{name: a}}\n"
    return document(f"{head}spec:\n{indented}")
