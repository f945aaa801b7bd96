"""Real servers on this machine, each started in a `with` and surely ended.

`plugin` makes them pytest fixtures, one of each per session. The control plane of Kubernetes is
built by `.ci/install-servers`; moto and OpenBao come with the test extra; the Google and Azure ones
are our own, and are talked to with the official clients only.
"""
