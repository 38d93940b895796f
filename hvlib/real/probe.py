"""What this machine can do, found by trying."""

from dataclasses import dataclass

# namespaces: as root; user_namespaces: as an ordinary user; memory_limit: cgroup v1 or v2.
QUESTIONS = (
    "kvm",
    "unicorn",
    "namespaces",
    "user_namespaces",
    "overlay",
    "memory_limit",
    "qemu",
    "ksm",
)


@dataclass(frozen=True)
class Answer:
    """One question's answer: yes or no, one sentence why, and what the reader could do."""

    name: str
    yes: bool
    why: str
    remedy: str = ""


def ask(name: str) -> Answer:
    """Try what ``name`` stands for. Raises KeyError for a question nobody asks."""
    if name not in QUESTIONS:
        raise KeyError(name)
    return Answer(name, True, "not tried yet")
