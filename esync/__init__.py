"""External Secrets without the operator: sync once and exit.

A run goes one way through the rooms, each named by its verb:

``load`` reads manifests, ``resolve`` finds the store of each entry, ``observe`` reads what is live,
``fetch`` asks the stores, ``shape`` builds the Secrets, ``deliver`` writes them, ``report`` tells.

Start reading at ``esync/pipeline/``: one short function per command, calling the rooms in that
order.
"""

__version__ = "0.1.0"
