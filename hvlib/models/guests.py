"""Guest programs as listings, from a greeting to a tiny guest OS that runs two user programs."""

from functools import cache
from typing import Literal

from hvlib.models.assembler import Program, assemble
from hvlib.words import pgettext

Guest = Literal["hello", "sum", "clock", "two programs", "where am I"]
GUESTS: dict[Guest, str] = {
    "hello": pgettext("guest program", "hello"),
    "sum": pgettext("guest program", "sum"),
    "clock": pgettext("guest program", "clock"),
    "two programs": pgettext("guest program", "two programs"),
    "where am I": pgettext("guest program", "where am I"),
}
"""What each is called."""

SIZE = 256
"""Words of memory that each guest expects."""

_TRAPS_TO = """
       .space 8              ; old PSW, cause, argument, timer
       .word 0, trap, 0, 256 ; new PSW: traps go to trap
       .space 4
"""

LISTINGS: dict[Guest, str] = {
    "hello": _TRAPS_TO
    + """
start: SET r1, 'H'
       OUT r1
       SET r1, 'i'
       OUT r1
trap:  HALT
""",
    "sum": _TRAPS_TO
    + """
start: SET r1, 9           ; 9 + 8 + ... + 1 = 45
       SET r2, 0
       SET r3, 1
next:  ADD r2, r1
       SUB r1, r3
       JNZ r1, next
       STORE r2, total
       OUT r2              ; word 45 is '-'
trap:  HALT
total: .word 0
""",
    "clock": _TRAPS_TO
    + """
start: SET r1, 20
       TIMER r1            ; a tick in 20 instructions
wait:  JMP wait
trap:  SET r1, '!'
       OUT r1
       LOAD r2, ticks
       SET r3, 1
       SUB r2, r3
       STORE r2, ticks
       JNZ r2, start
       HALT
ticks: .word 3
""",
    "two programs": _TRAPS_TO
    + """
start: LOAD r2, current    ; the OS starts with program a
       JMP resume
trap:  STORE r1, save      ; a trap comes from a program:
       STORE r2, save+1    ; keep the registers it used
       STORE r3, save+2
       LOAD r1, 4          ; why?
       SET r2, 4
       SUB r1, r2
       JZ r1, call
switch: LOAD r2, current   ; the timer: save the program
       LOAD r1, 1
       STORE r1, 1(r2)
       LOAD r1, save
       STORE r1, 4(r2)
       LOAD r1, save+1
       STORE r1, 5(r2)
       STORE r3, 6(r2)
       LOAD r2, 7(r2)      ; and take the next
       STORE r2, current
resume: LOAD r1, 1(r2)
       STORE r1, go+1
       LOAD r1, 2(r2)
       STORE r1, go+2
       SET r1, 14
       TIMER r1            ; 10 instructions each
       LOAD r1, 4(r2)
       LOAD r3, 6(r2)
       LOAD r2, 5(r2)
       LPSW go
call:  LOAD r1, 5          ; SYS 1 writes, SYS 2 ends
       SET r2, 1
       SUB r1, r2
       JNZ r1, end
       LOAD r1, save
       OUT r1
       LOAD r1, 6          ; go on with the time left
       SET r2, 3
       ADD r1, r2
       TIMER r1
       LOAD r1, save
       LOAD r2, save+1
       LPSW 0
end:   LOAD r1, alive
       SUB r1, r2
       JZ r1, off
       STORE r1, alive
       LOAD r2, current
       LOAD r2, 7(r2)      ; only the other is left
       STORE r2, 7(r2)
       STORE r2, current
       JMP resume
off:   HALT
current: .word one
alive: .word 2
save:  .space 3
go:    .word 1, 0, 0, 32
one:   .word 1, 0, 160, 32, 0, 0, 0, two
two:   .word 1, 0, 192, 32, 0, 0, 0, one
       .at 160
       .base
       SET r3, 1           ; program a
       SET r2, 2
a1:    SET r1, 'a'
       SYS 1
       SET r1, 2
a2:    SUB r1, r3
       JNZ r1, a2
       SUB r2, r3
       JNZ r2, a1
       SYS 2
       .at 192
       .base
       SET r3, 1           ; program b
       SET r2, 2
b1:    SET r1, 'b'
       SYS 1
       SET r1, 2
b2:    SUB r1, r3
       JNZ r1, b2
       SUB r2, r3
       JNZ r2, b1
       SYS 2
""",
    "where am I": _TRAPS_TO
    + """
start: MODE r1             ; 0 in supervisor mode
       SET r2, '0'
       ADD r1, r2
       OUT r1
       LRA r3, 0           ; real address of address 0
       STORE r3, found
       JZ r3, home
       SET r1, 'X'
       OUT r1
trap:  HALT
home:  SET r1, '.'
       OUT r1
       HALT
found: .word 0
""",
}
"""The listing of each guest. All start at address 16 in supervisor mode."""


@cache
def program(guest: Guest) -> Program:
    """The assembled guest. Raises KeyError for a name that is not a guest."""
    return assemble(LISTINGS[guest])
