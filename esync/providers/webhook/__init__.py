"""Any HTTP endpoint that templates describe, as a store.

Source:
    External Secrets Operator 2.9, webhook provider.
"""

from esync.providers.webhook.provider import Webhook

__all__ = ["Webhook"]
