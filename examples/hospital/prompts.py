#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a set of prompts and a music for a house that has none yet: the words by espeak-ng, the music by arithmetic.

    prompts.py FOLDER [--language zh|en]     FOLDER/prompts/NAME.wav and FOLDER/music.wav; prints what to put into the configuration

A person's own voice is better: record files of the same names over them.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import wave

import numpy as np

RATE = 16000
# The voice `cmn` of espeak-ng 1.51 reads most characters in English; this one does not.
VOICES = {"zh": "cmn-latn-pinyin", "en": "en"}
WORDS = {
    "zh": {"welcome": "您好,欢迎致电本院总机。", "hello": "您好,", "number": "工号", "at_your_service": "为您服务。",
           "notice": "为保证服务质量,本次通话将被录音。如不同意,请按九。", "closing": "感谢您的来电,再见。",
           **dict(zip("0123456789", "零幺二三四五六七八九"))},  # on the telephone, one is yao
    "en": {"welcome": "Welcome to the hospital's switchboard.", "hello": "Hello, this is", "number": "operator",
           "at_your_service": "at your service.", "notice": "This call will be recorded. If you do not want that, press nine.",
           "closing": "Thank you for calling. Goodbye.",
           **dict(zip("0123456789", "zero one two three four five six seven eight nine".split()))},
}


def speak(folder: pathlib.Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in WORDS[language].items():
        subprocess.run(["espeak-ng", "-v", VOICES[language], "-s", "150", "-w", folder / f"{name}.wav", text], check=True)


def music(path: pathlib.Path) -> None:
    """Sixteen seconds of slow broken chords, which end where they begin."""
    chords = [(220.0, 277.2, 329.6), (185.0, 220.0, 277.2), (146.8, 185.0, 220.0), (164.8, 207.7, 246.9)]
    beat = RATE // 2
    at = np.arange(4 * beat) / RATE
    sound = np.zeros(4 * len(chords) * 2 * beat + 4 * beat)
    for step in range(4 * len(chords) * 2):
        hz = chords[step // 8][(0, 1, 2, 1)[step % 4]] * (2 if step % 8 >= 4 else 1)
        note = np.sin(2 * np.pi * hz * at) * np.exp(-2.5 * at) * np.minimum(1, at * 50)
        sound[step * beat:step * beat + len(note)] += 0.15 * note
    tail = sound[-4 * beat:]
    sound = sound[:-4 * beat]
    sound[:len(tail)] += tail  # what still sounds at the end sounds on at the beginning
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def main() -> None:
    options = argparse.ArgumentParser(description="Makes prompts and music for a house that has none yet.")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--language", choices=sorted(WORDS), default="zh")
    given = options.parse_args()
    if not shutil.which("espeak-ng"):
        sys.exit("prompts: espeak-ng is not installed: apt-get install espeak-ng")
    folder = given.folder.resolve()
    speak(folder / "prompts", given.language)
    music(folder / "music.wav")
    print(f'''[media]
music = "{folder / 'music.wav'}"
prompts = "{folder / 'prompts'}"
# and in [[queue]]:
# welcome = ["welcome"]
# greeting = ["hello", "number", "operator", "at_your_service"]
# closing = ["closing"]
# record = true                       # with media.recordings, and
# notice = ["notice"]''')


if __name__ == "__main__":
    main()
