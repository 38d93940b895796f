"""The labs' checks: ``hypervisor``, ``container`` and ``migration``, one module a lab.

What is long of the first lab is in ``assembled``, a machine of the reader's parts, and ``devices``.
``verdict`` is what a check says; ``sandbox`` tries a reader's container code in a child process.
``generate`` makes the reader's notebooks from their solutions.
"""
