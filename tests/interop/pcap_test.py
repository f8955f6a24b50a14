# SPDX-License-Identifier: Apache-2.0
"""SIPp as a media peer of its own: its caller plays a capture file (pcap) with a voice and the keys 4 2 # as events (RFC 4733).

    SIPp ── RTP of the capture, by a raw socket ──► house ──► operator's phone
"""
import contextlib
import os
import pathlib
import struct

import numpy as np
import pytest
from cordboard import CallCleared, Established, MediaEnded, PartyIdentified
from hospital import SWITCHBOARD, Hospital
from house import OUTSIDE
from peers import Child, audio, free_port, tone_seconds
from peers.sipp import SCENARIOS

pytestmark = [pytest.mark.needs("baresip", "sipp"),
              pytest.mark.skipif(os.geteuid() != 0, reason="SIPp plays captures by a raw socket, which takes root")]
Closing = contextlib.AsyncExitStack
SECONDS, HZ, KEYS = 6.0, 1000.0, {4: "4", 2: "2", 11: "#"}


def capture(path: pathlib.Path) -> int:
    """As `tcpdump` writes it: Ethernet, IP, UDP, RTP. @returns how many packets"""
    sound = audio.to_alaw(audio.tone(HZ, SECONDS))
    packets: list[tuple[float, bytes]] = []
    for i in range(len(sound) // audio.FRAME):
        packets.append((i * 0.02, struct.pack("!BBHII", 0x80, 8, 0, i * audio.FRAME, 0x51) + sound[i * audio.FRAME:(i + 1) * audio.FRAME]))
    for place, key in enumerate(KEYS):
        first = 100 + 60 * place
        for step in range(8):  # 100 ms, its end three times
            event = struct.pack("!BBH", key, 0x8A if step >= 5 else 0x0A, min(step + 1, 5) * audio.FRAME)
            packets[first + step] = (packets[first + step][0], struct.pack("!BBHII", 0x80, 101 | (0x80 if step == 0 else 0), 0, first * audio.FRAME, 0x51) + event)
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number, (at, rtp) in enumerate(packets):
            rtp = rtp[:2] + struct.pack("!H", number) + rtp[4:]
            udp = struct.pack("!HHHH", 6000, 6000, 8 + len(rtp), 0) + rtp
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1]))
            frame = bytes(12) + b"\x08\x00" + ip + udp
            file.write(struct.pack("<IIII", int(at), round(at % 1 * 1e6), len(frame), len(frame)) + frame)
    return len(packets)


def scenario(pcap: pathlib.Path) -> str:
    """The caller who stays, but for who speaks: SIPp itself, for as long as the capture lasts; then it hangs up."""
    script = (SCENARIOS / "caller_leaves.xml").read_text()
    head, rest = script.split("  <sendCmd>", 1)
    tail = rest.split("  <recvCmd/>", 1)[1]
    play = f'  <nop><action><exec play_pcap_audio="{pcap}"/></action></nop>\n  <pause milliseconds="{int(SECONDS * 1000) + 500}"/>'
    body = (head + play + tail).replace("[voice_port] RTP/AVP 8 0", "[auto_media_port] RTP/AVP 8 101")
    return body.replace("a=rtpmap:0 PCMU/8000\n", "a=rtpmap:101 telephone-event/8000\n")


async def test_a_capture_is_heard_by_a_real_phone(tmp_path: pathlib.Path, closing: Closing) -> None:
    hospital = await Hospital.open(tmp_path, closing)
    operator = await hospital.staff()
    count = capture(tmp_path / "voice.pcap")
    (tmp_path / "plays.xml").write_text(scenario(tmp_path / "voice.pcap"))
    caller = await Child.start(["sipp", "-sf", str(tmp_path / "plays.xml"), hospital.house.address, "-s", SWITCHBOARD, "-i", OUTSIDE,
                                "-p", str(free_port(OUTSIDE)), "-mp", str(free_port(OUTSIDE)), "-t", "u1", "-m", "1", "-nostdin",
                                "-key", "caller_number", "13800000001", "-key", "caller_name", "Wang", "-timeout", "60s",
                                "-trace_err", "-error_file", str(tmp_path / "errors"), "-trace_logs", "-log_file", str(tmp_path / "said")],
                               tmp_path, "sipp")
    closing.push_async_callback(caller.kill)
    call = (await hospital.watch.next(PartyIdentified)).call
    await hospital.watch.next(Established, call=call, fits=lambda e: e.operator != 0)
    assert await caller.wait(60) == 0, (tmp_path / "errors").read_text() if (tmp_path / "errors").exists() else caller.text()
    await hospital.watch.next(CallCleared, call=call)
    await operator.wait("CALL_CLOSED")
    # Some of it was for the queue's music and the phone's ringing: that is the house's to drop, and no packet was lost on its way in.
    passed = await hospital.watch.next(MediaEnded, fits=lambda e: e.value == count)
    assert passed.detail == 0
    heard = operator.heard()[0]
    assert tone_seconds(heard, HZ) > SECONDS - 2.5
    keys = "".join(e.get("param", "") for e in operator.events if e["type"] == "CALL_DTMF_START")
    assert keys == "".join(KEYS.values()), keys
    assert np.abs(heard.astype(float)).max() > 5000
