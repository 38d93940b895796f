"""This machine drawn as a system: what lies below its kernel, what runs on it, behind which walls.

Everything is read from files, processes are never touched and nobody is asked or told anything.
``here`` gives the picture; the way there is one line: ``tree`` reads files, ``processes`` the
process list, ``below`` with ``cpuid`` what lies under the kernel, ``containers`` and ``machines``
what runs on it, ``walls`` what stands around a container, ``beside`` whom it reaches by a shared
process list, all in one record of ``looking``; ``grouping`` puts equals together, and ``drawing``
makes a System of it, on a ``sketch``, with what happens on it from ``happening``.
``elsewhere`` is for macOS, Windows and FreeBSD.
``telling`` says it in words, for a terminal; ``falls`` asks who falls here.
"""
