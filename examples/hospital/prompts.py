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
import numpy.typing as npt

RATE = 16000
# The voice `cmn` of espeak-ng 1.51 reads most characters in English; this one does not.
VOICES = {"zh": "cmn-latn-pinyin", "en": "en"}
WORDS = {
    "zh": {"welcome": "您好,欢迎致电本院总机。", "hello": "您好,", "number": "工号", "at_your_service": "为您服务。",
           "notice": "为保证服务质量,本次通话将被录音。如不同意,请按九。", "closing": "感谢您的来电,再见。",
           "after_hours": "您好,现在是非工作时间,您可以留下预约信息。如有紧急情况,请随时按零,转值班人员。",
           "say_name": "请在提示音后说出您的姓名,说完请按井号键。", "key_number": "请输入您的联系电话,以井号键结束。",
           "your_number": "您输入的号码是", "confirm_or_again": "正确请按一,重新输入请按二。",
           "say_matter": "请在提示音后说出您要预约的事项,说完请按井号键。", "say_time": "请在提示音后说出您希望的时间,说完请按井号键。",
           "not_understood": "对不起,没有听清。", "nobody_on_duty": "值班人员暂时无法接听。",
           "noted": "您的预约已经记录,我们会尽快与您联系确认。再见。",
           "please_rate": "请为本次服务评分。非常满意请按五,满意请按四,一般请按三,不满意请按二,非常不满意请按一。",
           "thanks": "感谢您的评价,再见。",
           "will_you_come": "您好,您在我院有一个预约。会来请按一,要改期请按二,不来请按三。", "we_call_you": "我们会尽快与您联系改期。再见。",
           "code_blue": "紧急呼叫,请立即前往抢救。地点,", "this_is_a_drill": "这是演练。", "to_acknowledge": "收到请按一。",
           **dict(zip("0123456789", "零幺二三四五六七八九"))},  # on the telephone, one is yao
    "en": {"welcome": "Welcome to the hospital's switchboard.", "hello": "Hello, this is", "number": "operator",
           "at_your_service": "at your service.", "notice": "This call will be recorded. If you do not want that, press nine.",
           "closing": "Thank you for calling. Goodbye.",
           "after_hours": "Hello. We are closed now, and you can leave a request. In an emergency press zero at any time.",
           "say_name": "After the tone please say your name, then press the hash key.",
           "key_number": "Please key in your telephone number, then press the hash key.", "your_number": "Your number is",
           "confirm_or_again": "If that is right press one, to key it in again press two.",
           "say_matter": "After the tone please say what it is about, then press the hash key.",
           "say_time": "After the tone please say when it would suit you, then press the hash key.",
           "not_understood": "Sorry, that was not understood.", "nobody_on_duty": "Nobody on duty can answer at present.",
           "noted": "Your request is noted. We will call you back soon. Goodbye.",
           "please_rate": "Please rate this call: five for very good, down to one for very bad.", "thanks": "Thank you. Goodbye.",
           "will_you_come": "Hello. You have an appointment at the hospital. If you come press one, for another time press two, "
                            "if you do not come press three.",
           "we_call_you": "We will call you about another time. Goodbye.",
           "code_blue": "Code blue. Come at once. The place is", "this_is_a_drill": "This is a drill.",
           "to_acknowledge": "To acknowledge, press one.",
           **dict(zip("0123456789", "zero one two three four five six seven eight nine".split()))},
}


def speak(folder: pathlib.Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in WORDS[language].items():
        subprocess.run(["espeak-ng", "-v", VOICES[language], "-s", "150", "-w", folder / f"{name}.wav", text], check=True)


def write(path: pathlib.Path, sound: npt.NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def beep(path: pathlib.Path) -> None:
    at = np.arange(RATE // 3) / RATE
    write(path, 0.3 * np.sin(2 * np.pi * 800 * at) * np.minimum(1, np.minimum(at, at[::-1]) * 100))


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
    write(path, sound)


def main() -> None:
    options = argparse.ArgumentParser(description="Makes prompts and music for a house that has none yet.")
    options.add_argument("folder", type=pathlib.Path)
    options.add_argument("--language", choices=sorted(WORDS), default="zh")
    given = options.parse_args()
    if not shutil.which("espeak-ng"):
        sys.exit("prompts: espeak-ng is not installed: apt-get install espeak-ng")
    folder = given.folder.resolve()
    speak(folder / "prompts", given.language)
    beep(folder / "prompts" / "beep.wav")
    music(folder / "music.wav")
    print(f'''[media]
music = "{folder / 'music.wav'}"
prompts = "{folder / 'prompts'}"
# and in [[queue]]:
# welcome = ["welcome"]
# greeting = ["hello", "number", "operator", "at_your_service"]
# closing = ["closing"]
# record = true                       # with media.recordings, and
# notice = ["notice"]
# rating = "9191"                     # with [[dialogue]] number = "9191", file = "rating.toml"
# and [[code_call]] as in hospital.toml
# when_closed = "9190"                # with [[dialogue]] number = "9190", file = "after-hours.toml"; needs media.recordings''')


if __name__ == "__main__":
    main()
