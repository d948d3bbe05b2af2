"""Frames over a socket: four bytes of length, then one encoded value."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from grader.sealed import wire

__all__ = ["Channel", "Gone"]

_LENGTH = struct.Struct("<I")


class Gone(BaseException):
    """The other side is no longer there.

    Not an ``Exception``: a test that catches exceptions of the student's code must not go on as
    if a dead process had answered.
    """


class Channel:
    """One side of a conversation.

    Parameters
    ----------
    sock
        A connected stream socket; the channel owns it.
    allowance
        Bytes that may come in altogether before the other side counts as gone.
    """

    def __init__(self, sock: socket.socket, allowance: int | None = None) -> None:
        self.sock, self.allowance = sock, allowance

    def send(self, value: Any, refer: Callable[[Any], Any] | None = None) -> None:
        """Send one value.

        Raises
        ------
        wire.WireError
            If it can't cross; nothing has been sent then.
        Gone
            If nobody is there.
        """
        data = wire.encode(value, refer)
        try:
            self.sock.sendall(_LENGTH.pack(len(data)) + data)
        except OSError as error:
            raise Gone(str(error)) from None

    def receive(self) -> Any:
        """Wait for one value.

        Raises
        ------
        Gone
            If the other side is gone, or sends more than it may.
        wire.WireError
            If what it sends is no value.
        """
        length = _LENGTH.unpack(self._exactly(_LENGTH.size))[0]
        if length > wire.FRAME_LIMIT:
            raise wire.WireError(f"a frame of {length} bytes, at most {wire.FRAME_LIMIT}")
        if self.allowance is not None:
            self.allowance -= length
            if self.allowance < 0:
                raise Gone("sent more than it may")
        return wire.decode(self._exactly(length))

    def _exactly(self, count: int) -> bytes | bytearray:
        # One recv is the common case; the buffer is for what comes in pieces. Memory is taken as
        # bytes come, not as they are announced.
        try:
            piece = self.sock.recv(min(count, 2**16)) if count else b""
            if len(piece) == count:
                return piece
            pieces = bytearray(piece)
            while piece:
                piece = self.sock.recv(min(count - len(pieces), 2**20))
                pieces += piece
                if len(pieces) == count:
                    return pieces
        except OSError as error:
            raise Gone(str(error)) from None
        raise Gone("closed the connection")

    def close(self) -> None:
        """Hang up."""
        self.sock.close()
