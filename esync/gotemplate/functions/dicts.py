"""Sprig's functions on maps; ``set``, ``unset`` and the merges change the one they are given.

Go walks a map in no order; here ``keys`` and ``values`` come in the order of the keys.

Source:
    sprig 3 and copystructure 1.2 as vendored by External Secrets Operator 2.9.
"""

from __future__ import annotations

from typing import Any, Final

from esync.gocompat.values import Map, Slice, Value, type_of
from esync.gotemplate.budget import BYTES_COMPARED_PER_STEP, sorting
from esync.gotemplate.function import PRINTED, Context, Function, FunctionError
from esync.gotemplate.functions.merging import MergeError, merge
from esync.gotemplate.functions.printing import strval
from esync.gotemplate.functions.versions import Version

_Dict = dict[bytes, Any]
_DICT: Final = "map[string]interface {}"


def _dict(*pairs: Value) -> _Dict:
    values = [*pairs[1::2], b""]  # a key at the end without a value
    return {strval(key): value for key, value in zip(pairs[::2], values, strict=False)}


def _get(mapping: _Dict, key: bytes) -> Value:
    return mapping.get(key, b"")


def _set(mapping: _Dict, key: bytes, value: Value) -> _Dict:
    if isinstance(mapping, Map) and mapping.is_nil:
        raise FunctionError("assignment to entry in nil map")
    mapping[key] = value
    return mapping


def _unset(mapping: _Dict, key: bytes) -> _Dict:
    mapping.pop(key, None)
    return mapping


def _has_key(mapping: _Dict, key: bytes) -> bool:
    return key in mapping


def _pluck(context: Context, key: bytes, *mappings: _Dict) -> list[Value]:
    context.budget.spend(len(key) // BYTES_COMPARED_PER_STEP * len(mappings))
    return [mapping[key] for mapping in mappings if key in mapping]


def _keys(context: Context, *mappings: _Dict) -> Slice:
    for mapping in mappings:
        context.budget.spend(len(mapping) + sorting(mapping, len(mapping)))
    return Slice([key for mapping in mappings for key in sorted(mapping)], "string")


def _values(context: Context, mapping: _Dict) -> list[Value]:
    context.budget.spend(len(mapping) + sorting(mapping, len(mapping)))
    return [mapping[key] for key in sorted(mapping)]


def _pick(mapping: _Dict, *keys: bytes) -> _Dict:
    return {key: mapping[key] for key in keys if key in mapping}


def _omit(context: Context, mapping: _Dict, *keys: bytes) -> _Dict:
    context.budget.spend(len(mapping))
    unwanted = frozenset(keys)
    return {key: value for key, value in mapping.items() if key not in unwanted}


def _dig(*arguments: Value) -> Value:
    """Follow keys; the last two arguments are what to return else, and where to start."""
    if len(arguments) < 3:  # noqa: PLR2004
        raise FunctionError("dig needs at least three arguments")
    *keys, fallback, mapping = arguments
    mapping = _asserted(mapping, _DICT)
    keys = [_asserted(key, "string") for key in keys]
    for key in keys[:-1]:
        if key not in mapping:
            return fallback
        mapping = _asserted(mapping[key], _DICT)
    return mapping.get(keys[-1], fallback)


def _asserted(value: Value, wanted: str) -> Value:
    found = "nil" if value is None else type_of(value)
    if found != wanted:
        raise FunctionError(f"interface conversion: interface {{}} is {found}, not {wanted}")
    return value


def _merge(context: Context, target: _Dict, *sources: _Dict) -> Value:
    return _merged(context, target, sources, overwrite=False)


def _merge_overwrite(context: Context, target: _Dict, *sources: _Dict) -> Value:
    return _merged(context, target, sources, overwrite=True)


def _must_merge(context: Context, target: _Dict, *sources: _Dict) -> Value:
    return _merged(context, target, sources, overwrite=False, must=True)


def _must_merge_overwrite(context: Context, target: _Dict, *sources: _Dict) -> Value:
    return _merged(context, target, sources, overwrite=True, must=True)


def _merged(
    context: Context,
    target: _Dict,
    sources: tuple[_Dict, ...],
    *,
    overwrite: bool,
    must: bool = False,
) -> Value:
    """Merge all ``sources`` into ``target``; what cannot be merged makes an empty text."""
    result = {} if isinstance(target, Map) and target.is_nil else target
    try:
        for source in sources:
            merge(result, source, overwrite=overwrite, budget=context.budget)
    except MergeError as error:
        if must:
            raise FunctionError(str(error)) from None
        return b""
    return result


def _deep_copy(context: Context, value: Value) -> Value:
    if value is None:
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    return _copied(context, value)


def _copied(context: Context, value: Value) -> Value:
    context.budget.spend(2)
    if isinstance(value, list):
        items = [_copied(context, item) for item in value]
        return Slice(items, value.elem, is_nil=value.is_nil) if isinstance(value, Slice) else items
    if isinstance(value, dict):
        members = {key: _copied(context, item) for key, item in value.items()}
        if isinstance(value, Map):
            return Map(members, value.key, value.elem, is_nil=value.is_nil)
        return members
    # copystructure sees exported fields only, and a version has none.
    return Version(0, 0, 0) if isinstance(value, Version) else value


_MERGING: Final = f"func({_DICT}, ...{_DICT}) interface {{}}"
_MUST_MERGE: Final = f"func({_DICT}, ...{_DICT}) (interface {{}}, error)"

FUNCTIONS: Final = {
    "deepCopy": Function("func(interface {}) interface {}", _deep_copy, wants_context=True),
    "dict": Function(f"func(...interface {{}}) {_DICT}", _dict, steps=20, element_steps=PRINTED),
    "dig": Function("func(...interface {}) (interface {}, error)", _dig),
    "get": Function(f"func({_DICT}, string) interface {{}}", _get),
    "hasKey": Function(f"func({_DICT}, string) bool", _has_key),
    "keys": Function(f"func(...{_DICT}) []string", _keys, wants_context=True),
    "merge": Function(_MERGING, _merge, wants_context=True, steps=10),
    "mergeOverwrite": Function(_MERGING, _merge_overwrite, wants_context=True, steps=10),
    "mustDeepCopy": Function(
        "func(interface {}) (interface {}, error)", _deep_copy, wants_context=True
    ),
    "mustMerge": Function(_MUST_MERGE, _must_merge, wants_context=True, steps=10),
    "mustMergeOverwrite": Function(
        _MUST_MERGE, _must_merge_overwrite, wants_context=True, steps=10
    ),
    "omit": Function(f"func({_DICT}, ...string) {_DICT}", _omit, wants_context=True),
    "pick": Function(f"func({_DICT}, ...string) {_DICT}", _pick),
    "pluck": Function(f"func(string, ...{_DICT}) []interface {{}}", _pluck, wants_context=True),
    "set": Function(f"func({_DICT}, string, interface {{}}) {_DICT}", _set),
    "unset": Function(f"func({_DICT}, string) {_DICT}", _unset),
    "values": Function(f"func({_DICT}) []interface {{}}", _values, wants_context=True),
}
