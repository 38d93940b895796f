"""What the book explains, as pure Python: parameters in, a result out.

``model`` is the one contract, ``goal`` what a reader may aim at in a result. A model with knobs
bears the name of its subject; what it is made of is in the modules named before it.

- Chapter 1. ``consolidation``: why anyone wants a hypervisor. ``machine``, ``assembler``,
  ``guests``: a small computer and its programs; ``popek_goldberg``: when trap and emulate is
  possible; ``monitor``: four kinds of monitor on that computer; ``stepping``: a run step by step.
  ``exits``: what an exit costs.
- Chapter 2. ``shares``, ``credit``, ``credit2``, ``scheduler``: sharing CPUs. ``waiting``: steal.
  ``memory``: sharing memory. ``overhead``: what a VM needs beside its own memory (chapter 4, too).
  ``paging``: translating addresses twice. ``devices``: sharing a network card.
  ``working_set``, ``migration``: moving a running guest.
  ``inventory``, ``placement``, ``cluster_state``, ``balancing`` (DRS), ``failover`` (HA),
  ``cluster``: hosts that stand in for each other.
- Chapter 3. ``hosted``: a hypervisor that is a program of its host.
- Chapter 4. ``density``: how many fit on a server. ``cold_start``: until one serves.
  ``images``: layers, and where an image runs. ``throttling``: a limit on CPU time.
  ``container_network``: what a packet passes. ``isolation``: who falls when a layer is broken.
  ``deployment``: VMs, containers, or both.
"""
