"""Which objects, and which of their properties, a store of provider ``crd`` may read.

Source:
    External Secrets Operator 2.9, CRD provider, whitelist rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esync.gocompat import regexp
from esync.providers.contract import AccessDenied, BadStore
from esync.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esync.providers.kubernetes.spec import WhitelistRule


class NotOnWhitelist(AccessDenied):
    """The store's own rules do not allow this object, or this part of it."""

    rule = "ES0424"


@dataclass(frozen=True, slots=True)
class Whitelist:
    """Rules of which one must match; without rules everything is allowed.

    Attributes:
        rules: expressions that match anywhere in a name.
        knows_namespaces: false leaves out what rules say of the namespace.
    """

    rules: Sequence[WhitelistRule]
    knows_namespaces: bool

    @property
    def looks_at_properties(self) -> bool:
        """Whether what is allowed depends on the property that is asked for."""
        return any(rule.properties for rule in self.rules)

    def require(self, namespace: str, name: str, property_: str | None) -> None:
        """Refuse what no rule allows.

        Args:
            namespace: of the object; empty if its kind has none.
            name: of the object.
            property_: what is read of it, empty for all. None asks whether any would be allowed.

        Raises:
            NotOnWhitelist: no rule matches.
        """
        if not self.allows(namespace, name, property_):
            where = f"{namespace}/{name}" if namespace else name
            what = f'property "{property_}" of "{where}"' if property_ else f'"{where}"'
            raise NotOnWhitelist(
                f"{what} is denied by whitelist rules",
                hint="look at whitelist.rules of the store; a rule with properties allows "
                "nothing but these",
            )

    def allows(self, namespace: str, name: str, property_: str | None) -> bool:
        """Tell whether a rule matches, or there are none."""
        if not self.rules:
            return True
        return any(self._matches(rule, namespace, name, property_) for rule in self.rules)

    def _matches(
        self, rule: WhitelistRule, namespace: str, name: str, property_: str | None
    ) -> bool:
        if rule.name and not _search(rule.name, name):
            return False
        named = rule.namespace if self.knows_namespaces else ""
        if named and not (namespace and _search(named, namespace)):
            return False
        if rule.properties and property_ is not None:
            return bool(property_) and any(_search(one, property_) for one in rule.properties)
        return True


def _search(pattern: str, text: str) -> bool:
    try:
        return regexp.search(regexp.compile(pattern), text.encode())
    except regexp.RegexpError:
        raise BadStore("whitelist.rules has an expression that Go does not accept") from None
