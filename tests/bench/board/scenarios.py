# SPDX-License-Identifier: Apache-2.0
"""Many calls at once by SIPp: callers from outside, and one phone that answers each. No voice flows: both ends say inactive."""


def description(address: str) -> str:
    return "\r\n".join(("v=0", f"o=bench 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0", "m=audio 42000 RTP/AVP 8",
                        "a=rtpmap:8 PCMA/8000", "a=inactive", ""))


# Each caller has a number of their own: this and the number of the call.
NUMBER = "1380000"
# A peer that waits in vain ends its call as a failed one.
_IN_VAIN = 40_000
_BODY = description("[local_ip]").replace("\r", "")


def _answer(status: str, body: str = "", tag: bool = True) -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return f"""<![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{";tag=p[call_number]" if tag else ""}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:phone@[local_ip]:[local_port]>
{content}
]]>"""


def _request(method: str, cseq: int, target: str, to: str, body: str = "") -> str:
    content = f"Content-Type: application/sdp\nContent-Length: [len]\n\n{body}" if body else "Content-Length: 0\n\n"
    return f"""<![CDATA[
{method} {target} SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: "Caller" <sip:{NUMBER}[call_number]@[local_ip]:[local_port]>;tag=c[call_number]
{to}
Call-ID: [call_id]
CSeq: {cseq} {method}
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{content}
]]>"""


def caller(least_ms: int, most_ms: int) -> str:
    """Calls, stays for so long after the answer, hangs up."""
    uri = "sip:[service]@[remote_ip]:[remote_port]"
    return f"""<?xml version="1.0"?>
<scenario name="caller">
<send retrans="500">{_request("INVITE", 1, uri, f"To: <{uri}>", _BODY)}</send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="200" rrs="true" timeout="{_IN_VAIN}"/>
<send>{_request("ACK", 1, "[next_url]", "[last_To:]")}</send>
<pause distribution="uniform" min="{least_ms}" max="{most_ms}"/>
<send retrans="500">{_request("BYE", 2, "[next_url]", "[last_To:]")}</send>
<recv response="200"/>
</scenario>
"""


def phone() -> str:
    """Rings, answers at once, and waits until the house hangs up."""
    return f"""<?xml version="1.0"?>
<scenario name="phone">
<recv request="INVITE"/>
<send>{_answer("180 Ringing")}</send>
<send retrans="500">{_answer("200 OK", _BODY)}</send>
<recv request="ACK"/>
<recv request="BYE"/>
<send>{_answer("200 OK", tag=False)}</send>
</scenario>
"""


def impatient(hold_ms: int) -> str:
    """Calls; who is told to come again another time does not, and who is answered stays for so long."""
    served = caller(hold_ms, hold_ms)
    uri = "sip:[service]@[remote_ip]:[remote_port]"
    to_refusal = _request("ACK", 1, uri, "[last_To:]").replace(";branch=[branch]", ";branch=[branch-3]")
    head, tail = served.split('<recv response="200" rrs="true"', 1)
    talk, end = tail.rsplit("</scenario>", 1)
    return (f'{head}<recv response="503" optional="true" next="refused"/>\n<recv response="200" rrs="true"{talk}'
            f'<nop next="end"/>\n<label id="refused"/>\n<send>{to_refusal}</send>\n<label id="end"/>\n</scenario>{end}')
