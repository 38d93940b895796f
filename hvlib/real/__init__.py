"""What this machine itself does, beside the models: real guests, containers and kernels.

Every chapter's experiments are in ``experiments`` (virtual machines of hvlib's own, chapters 1 and
2) and in ``side_by_side`` (beside processes, containers and Linux guests, chapters 1, 3 and 4),
``limits``, ``network``, ``settings`` and ``snapshots`` (chapter 4) and ``ring`` (a device's,
chapter 2).
``recording`` makes a function an experiment, and shows a recording where this machine can't run it.

- What a machine can do: ``probe``, by the tries of ``trials``.
- A hypervisor in Python: ``kvm``, its numbers in ``kvm_constants``; the same machine by
  ``translated`` code; its devices in ``bus``; ``guests``, the programs that run on it; ``engine``
  picks what runs them; ``interpreter`` is the slowest way. ``linux`` is a whole kernel in QEMU.
- A container from Python: ``container``, with ``cgroup``, ``seccomp``, ``rootfs`` and the system
  calls that Python lacks in ``syscalls``; ``container_engine`` keeps processes ready;
  ``container_trace`` tells what was heard; ``netlink`` makes network devices. ``stand_in`` is a
  machine that only stands in for one, with containers in it that try to get out.
- ``supervision``: child processes that never outlive their caller.
"""
