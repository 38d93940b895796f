"""What others measured: one TOML file a source, and the models held against it.

``figures`` reads the files; ``comparison`` is one model against one figure. The rows of chapter 1
are in ``chapter1``, those of chapter 2 in ``chapter2_cpu_memory``, ``chapter2_devices`` and
``chapter2_migration_cluster``, those of chapters 3 and 4 in ``chapter3`` and ``chapter4``;
``chapters`` gives a chapter's table.
"""
