"""The theorems' verdict on instruction sets."""

from hvlib.models.machine import THIRD_GENERATION, unprivileged
from hvlib.models.popek_goldberg import X86_SENSITIVE, virtualizable


def test_the_machine_satisfies_theorem_1():
    verdict = virtualizable(THIRD_GENERATION)
    assert verdict.theorem_1
    assert verdict.theorem_3
    assert verdict.offenders == ()
    assert "privileged" in verdict.describe()


def test_a_timer_that_is_ignored_in_user_mode_fails_theorem_1_but_not_3():
    verdict = virtualizable(unprivileged("TIMER"))
    assert (verdict.theorem_1, verdict.theorem_3) == (False, True)
    assert verdict.offenders == ("TIMER",)
    assert "Theorem 1 promises nothing" in verdict.describe()


def test_a_location_sensitive_instruction_fails_both():
    verdict = virtualizable(unprivileged("LRA", "TIMER"))
    assert (verdict.theorem_1, verdict.theorem_3) == (False, False)
    assert verdict.user_offenders == ("LRA",)
    assert "privileged: TIMER, LRA; in user mode too: LRA." in verdict.describe()
    assert "does not follow" in verdict.describe(), "the conditions are sufficient, not necessary"


def test_x86_groups_name_each_instruction_once():
    names = [name for group in X86_SENSITIVE for name in group.mnemonics]
    assert len(names) == len(set(names))
    assert {"POPF", "SMSW", "SGDT"} <= set(names)
