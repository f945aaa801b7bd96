"""The table of rules: one line each, in the order of their ids."""

from __future__ import annotations

from typing import Final

from esync.lint import (
    access,
    credentials,
    dynamic,
    effects,
    expressions,
    reach,
    references,
    roots,
    searches,
    targets,
    templates,
    versions,
)
from esync.lint.rule import Rule

RULES: Final = (
    Rule(versions.OldVersion, versions.old_versions),
    Rule(dynamic.ReadKeyByKey, dynamic.read_key_by_key),
    Rule(access.WildcardName, access.wildcard_names),
    Rule(credentials.PastedCredential, credentials.pasted_credentials),
    Rule(reach.NoConditions, reach.no_conditions),
    Rule(reach.EveryNamespace, reach.every_namespace),
    Rule(reach.Unanchored, reach.unanchored),
    Rule(searches.FindWithoutLimits, searches.without_limits),
    Rule(searches.DeleteWithFind, searches.delete_with_find),
    Rule(targets.TwoWriters, targets.two_writers),
    Rule(targets.NeverAgain, targets.never_again),
    Rule(effects.NoConversion, effects.no_conversion),
    Rule(effects.BringsNothing, effects.brings_nothing),
    Rule(expressions.NoSuchGroup, expressions.no_such_group),
    Rule(expressions.BadExpression, expressions.bad_expressions),
    Rule(targets.CannotBeDeleted, targets.cannot_be_deleted),
    Rule(reach.IdleConditions, reach.idle_conditions),
    Rule(templates.BadSyntax, templates.bad_syntax),
    Rule(templates.UnknownFunction, templates.unknown_functions),
    Rule(templates.Volatile, templates.volatile),
    Rule(templates.KeyNotSupplied, templates.not_supplied),
    Rule(templates.NotUsed, templates.not_used),
    Rule(templates.LostSourceKey, templates.lost_source_keys),
    Rule(roots.SystemRoots, roots.system_roots),
    Rule(references.NotInManifests, references.not_in_manifests),
)
