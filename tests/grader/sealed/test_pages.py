"""Which memory is gathered into large pages before a process is forked again and again."""

from __future__ import annotations

from grader.sealed.pages import _own

MAPS = """\
00400000-00900000 rw-p 00000000 00:00 0    [heap]
7f0000100000-7f0000700000 rw-p 00000000 00:00 0
7f0001000000-7f0001200000 rw-p 00000000 00:00 0
7f0002000000-7f0003000000 rw-p 00001000 fe:00 31    /usr/lib/some.so
7f0004000000-7f0005000000 r--p 00000000 00:00 0
7f0006000000-7f0007000000 rw-s 00000000 00:00 0
7f0008000000-7f00081ff000 rw-p 00000000 00:00 0
7ffd00000000-7ffd00800000 rw-p 00000000 00:00 0    [stack]
"""


def test_only_whole_large_pages_of_the_process_itself() -> None:
    assert list(_own(MAPS)) == [
        (0x400000, 0x800000),
        (0x7F0000200000, 0x7F0000600000),
        (0x7F0001000000, 0x7F0001200000),
    ]
