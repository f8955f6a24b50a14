# SPDX-License-Identifier: Apache-2.0
"""Tones, A-law and what is found in a recording."""
import pathlib
import wave

import numpy as np
import numpy.typing as npt

RATE = 8000
FRAME = 160  # samples in 20 ms
Samples = npt.NDArray[np.int16]


def _alaw_table() -> Samples:
    """Decodes an A-law byte to 16 bits (ITU-T G.711, table 1a)."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, code & 0x0F
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    table: Samples = np.where(code & 0x80, size, -size).astype(np.int16)
    return table


def _ulaw_table() -> Samples:
    """Decodes a mu-law byte to 16 bits (ITU-T G.711, table 2a)."""
    code = ~np.arange(256) & 0xFF
    size = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    table: Samples = np.where(code & 0x80, -size, size).astype(np.int16)
    return table


ALAW = _alaw_table()
ULAW = _ulaw_table()


def to_alaw(samples: Samples) -> bytes:
    """The nearest A-law byte for each 16-bit sample."""
    order = np.argsort(ALAW, kind="stable")
    levels = ALAW[order].astype(np.int32)
    edges = (levels[:-1] + levels[1:]) // 2
    return order[np.searchsorted(edges, samples, side="left")].astype(np.uint8).tobytes()


def tone(hz: float, seconds: float, level: float = 0.3) -> Samples:
    at = np.arange(int(seconds * RATE))
    samples: Samples = np.round(level * 32767 * np.sin(2 * np.pi * hz * at / RATE)).astype(np.int16)
    return samples


def write_wav(path: pathlib.Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())


def write_tone(path: pathlib.Path, hz: float, seconds: float) -> None:
    write_wav(path, tone(hz, seconds))


def read_wav(path: pathlib.Path) -> Samples:
    """The first channel, at a telephone's rate: of a file with a higher one, so many samples as that has."""
    with wave.open(str(path), "rb") as recording:
        step = recording.getframerate() // RATE * recording.getnchannels()
        return np.frombuffer(recording.readframes(recording.getnframes()), "<i2")[::step]


def goertzel(samples: Samples, hz: float) -> float:
    """Power of one frequency: the Goertzel algorithm's result, written as the scalar product that it computes."""
    if len(samples) == 0:
        return 0.0
    at = np.arange(len(samples))
    return float(abs(np.dot(samples.astype(np.float64), np.exp(-2j * np.pi * hz * at / RATE)) / len(samples)) ** 2)


def tone_seconds(samples: Samples, hz: float, window: float = 0.1) -> float:
    """For how long a recording holds this tone: the windows in which at least half of the power is it.

    A window counts only when it is not silent, so a tone is never found in silence.
    """
    size = int(window * RATE)
    found = 0
    for at in range(0, len(samples) - size + 1, size):
        part = samples[at:at + size]
        power = float(np.mean(part.astype(np.float64) ** 2))
        # A sine of amplitude a has power a*a/2, and `goertzel` gives a*a/4 for it.
        found += power > 100.0 ** 2 and 2 * goertzel(part, hz) > 0.5 * power
    return found * window


def tone_share(samples: Samples, hz: float) -> float:
    """The same as a share of the recording's length."""
    return tone_seconds(samples, hz) / max(len(samples) / RATE, 0.1)
