"""The labs' checks: ``hypervisor``, ``container`` and ``migration``, one module a lab.

``verdict`` is what a check says; ``sandbox`` tries a reader's container code in a child process.
``generate`` makes the reader's notebooks from their solutions.
"""
