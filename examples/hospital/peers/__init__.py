# SPDX-License-Identifier: Apache-2.0
"""Real telephones on one machine: baresip as a phone, SIPp as a caller from outside, and a small SIP agent of our own
that can do what no good phone does (refuse, be busy, fall silent). The demo and the interop tests share them.

Everything binds addresses of 127.0.0.0/8, lives in a folder of its own and is ended by its pid.
"""
from .agent import Agent
from .audio import goertzel, read_wav, tone_seconds, tone_share, write_tone
from .baresip import Baresip
from .child import Child, PeerError, until
from .ports import free_port, free_range, give_back
from .sipp import Caller, CallerResult
from .voice import Voice

__all__ = [
    "Agent", "Baresip", "Caller", "CallerResult", "Child", "PeerError", "Voice", "free_port", "free_range", "give_back",
    "goertzel", "read_wav", "tone_seconds", "tone_share", "until", "write_tone",
]
