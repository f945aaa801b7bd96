"""YAML as the operator's libraries read and write it: version 1.1, by way of JSON.

``string_map`` reads a text into keys and values (KeysAndValues), ``typed`` any value (targets
that are a path), ``read_map`` and ``write`` are ``fromYaml`` and ``toYaml`` of templates.

Source:
    go-yaml 2.4, sigs.k8s.io/yaml 1.6, Kubernetes apimachinery 0.35.
"""

from esync.gocompat.yaml.nodes import YAMLError
from esync.gocompat.yaml.reading import read_map, string_map, typed
from esync.gocompat.yaml.writing import write

__all__ = ["YAMLError", "read_map", "string_map", "typed", "write"]
