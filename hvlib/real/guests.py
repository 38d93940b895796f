"""Guest programs: machine code that both engines run, with the assembly it was made from.

The bytes are stored, so that running a guest needs no assembler; a test assembles every
listing with keystone-engine and compares. A program starts at 0x10000 in 64-bit mode, ring 3;
its parameters are in registers. To end, it writes a code to the debug port and then jumps to
itself, because a translating engine ends at the next jump.

The bytes mean the same to a processor in 32-bit mode, where the computer in the page
(``hvlib/widgets/machine.mjs``) runs them: no 64-bit operands, and no addresses relative to rip.
Addresses below 4 GiB come in registers, which 64-bit mode calls rbx where 32-bit mode says ebx.
"""

from dataclasses import dataclass

COUNT_AT = 0x11000  # where the counters count: 8 bytes, little-endian


@dataclass(frozen=True)
class Guest:
    """A program for a virtual machine: what it does, how it reads, and its bytes."""

    name: str
    purpose: str
    listing: str
    code: bytes


HELLO = Guest(
    "hello",
    "Prints a line on the console through an I/O port.",
    """
    mov     edx, 0x3f8          # the console's port
    mov     esi, 0x1001c        # the text, below
next:
    lodsb                       # al = *rsi++
    test    al, al
    jz      done
    out     dx, al              # one exit a character
    jmp     next
done:
    xor     eax, eax
    mov     edx, 0xf4           # the debug port: end the run with code 0
    out     dx, eax
stay:
    jmp     stay
text:
    .asciz  "hello from a guest\\n"
""",
    bytes.fromhex(
        "baf8030000be1c000100ac84c07403eeebf831c0baf4000000efebfe68656c6c"
        "6f2066726f6d20612067756573740a00"
    ),
)

HELLO_MMIO = Guest(
    "hello through memory",
    "Prints a line by writing to the console's address.",
    """
    mov     ebx, 0x3fe00000     # the console's address: no memory there
    mov     esi, 0x1001d        # the text, below
next:
    lodsb
    test    al, al
    jz      done
    mov     byte ptr [rbx], al  # one exit a character
    jmp     next
done:
    xor     eax, eax
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
text:
    .asciz  "hello through memory\\n"
""",
    bytes.fromhex(
        "bb0000e03fbe1d000100ac84c074048803ebf731c0baf4000000efebfe68656c"
        "6c6f207468726f756768206d656d6f72790a00"
    ),
)

COUNTER = Guest(
    "counter",
    "Counts in memory at 0x11000, for ever.",
    """
    mov     ebx, 0x11000
next:
    add     dword ptr [rbx], 1
    adc     dword ptr [rbx + 4], 0
    jmp     next
""",
    bytes.fromhex("bb0010010083030183530400ebf7"),
)

DYING_COUNTER = Guest(
    "counter that dies",
    "Counts in memory rcx times, then meets an invalid instruction.",
    """
    mov     ebx, 0x11000
next:
    add     dword ptr [rbx], 1
    adc     dword ptr [rbx + 4], 0
    dec     ecx
    jnz     next
    ud2                         # an invalid instruction on purpose; no handler
""",
    bytes.fromhex("bb0010010083030183530400ffc975f50f0b"),
)

WRITER = Guest(
    "writer",
    "Writes one word to each of rsi pages from rdi on, for ever; waits rdx turns a page.",
    """
start:
    mov     ebx, edi
    mov     ecx, esi
page:
    inc     eax                 # so that each write is another value
    mov     dword ptr [rbx], eax
    add     ebx, 4096
    mov     ebp, edx
wait:
    dec     ebp
    jnz     wait
    dec     ecx
    jnz     page
    jmp     start
""",
    bytes.fromhex("89fb89f1ffc0890381c30010000089d5ffcd75fcffc975ecebe6"),
)

TOUCHER = Guest(
    "toucher",
    "Adds 1 to a word every rbp bytes from rbx on, rcx times, then ends.",
    """
next:
    add     dword ptr [rbx], 1
    add     ebx, ebp
    dec     ecx
    jnz     next
    xor     eax, eax
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
""",
    bytes.fromhex("83030101ebffc975f731c0baf4000000efebfe"),
)

EXITS = Guest(
    "exit loop",
    "Writes rcx times to a port where no device is, then ends: each time one exit.",
    """
    mov     edx, 0x80
next:
    out     dx, al
    dec     ecx
    jnz     next
    xor     eax, eax
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
""",
    bytes.fromhex("ba80000000eeffc975fb31c0baf4000000efebfe"),
)

LOOP = Guest(
    "loop of five instructions",
    "Five instructions rcx times, without an exit; the checksum is in rax.",
    """
next:
    add     eax, ecx
    xor     ebx, eax
    add     eax, ebx
    dec     ecx
    jnz     next
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
""",
    bytes.fromhex("01c831c301d8ffc975f6baf4000000efebfe"),
)

BY_PORT = Guest(
    "bytes through a port",
    "Sends the rcx bytes from rsi on through the port rdx: each byte is one exit.",
    """
next:
    lodsb
    out     dx, al
    dec     ecx
    jnz     next
    xor     eax, eax
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
""",
    bytes.fromhex("aceeffc975fa31c0baf4000000efebfe"),
)

BY_RING = Guest(
    "bytes through a ring",
    "Offers rcx buffers of rbp bytes from rbx on in a ring, and kicks by the port rdx.",
    """
    xor     edi, edi                      # how many buffers are offered
next:
    mov     eax, edi
    and     eax, 63                       # the ring has 64 places
    shl     eax, 4                        # a descriptor has 16 bytes:
    mov     dword ptr [rax + 0x12000], ebx    # where the buffer is,
    mov     dword ptr [rax + 0x12008], ebp    # and how long
    shr     eax, 4
    mov     word ptr [rax + rax + 0x12404], ax    # offer that descriptor
    inc     edi
    mov     eax, 0x12402
    mov     word ptr [rax], di            # so many are available now
    add     ebx, ebp
    test    edi, esi                      # rsi: buffers a kick, less one (of 1, 2, 4, ... 64)
    jnz     more
    out     dx, al                        # the kick: one exit
more:
    dec     ecx
    jnz     next
    out     dx, al                        # for those that are left
    xor     eax, eax
    mov     edx, 0xf4
    out     dx, eax
stay:
    jmp     stay
""",
    bytes.fromhex(
        "31ff89f883e03fc1e00489980020010089a808200100c1e80466898400042401"
        "00ffc7b80224010066893801eb85f77501eeffc975ccee31c0baf4000000efeb"
        "fe"
    ),
)

INVALID_INSTRUCTION = Guest(
    "invalid instruction",
    "Executes what is no instruction.",
    """
    ud2
""",
    bytes.fromhex("0f0b"),
)

WILD_WRITE = Guest(
    "wild write",
    "Writes where there is neither memory nor a device.",
    """
    mov     ebx, 0x70000000
    mov     dword ptr [rbx], eax
""",
    bytes.fromhex("bb000000708903"),
)

PAGE_TABLE_WRITE = Guest(
    "write to the page tables",
    "Tries to change its own page tables, which belong to the supervisor.",
    """
    mov     ebx, 0x2000
    mov     dword ptr [rbx], eax
""",
    bytes.fromhex("bb002000008903"),
)

PRIVILEGED = Guest(
    "privileged instruction",
    "Tries to switch interrupts off, which ring 3 may not.",
    """
    cli
""",
    bytes.fromhex("fa"),
)

ENDLESS_LOOP = Guest(
    "endless loop",
    "Never ends and never exits: only the time limit stops it.",
    """
stay:
    jmp     stay
""",
    bytes.fromhex("ebfe"),
)

PORT_STORM = Guest(
    "port storm",
    "Never ends and exits all the time.",
    """
    mov     edx, 0x80
next:
    out     dx, al
    jmp     next
""",
    bytes.fromhex("ba80000000eeebfd"),
)

WELL_BEHAVED = (HELLO, HELLO_MMIO, COUNTER, DYING_COUNTER, WRITER, TOUCHER, EXITS, LOOP)
MISBEHAVED = (
    INVALID_INSTRUCTION,
    WILD_WRITE,
    PAGE_TABLE_WRITE,
    PRIVILEGED,
    ENDLESS_LOOP,
    PORT_STORM,
)
SENDERS = (BY_PORT, BY_RING)  # for the devices of hvlib.real.ring
ALL = WELL_BEHAVED + SENDERS + MISBEHAVED
