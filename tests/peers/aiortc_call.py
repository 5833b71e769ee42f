"""Places one call with aiortc, as a page would: asks, records what comes back, presses nothing, hangs up by closing.

usage: aiortc_call.py SERVER SPOKEN.wav RECORDED.wav SECONDS
"""

import asyncio
import json
import sys
import time
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer, MediaRecorder

server, spoken, recorded, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])


def post(path, body):
    request = urllib.request.Request(
        server + path, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


async def main():
    connection = RTCPeerConnection()
    player, recorder = MediaPlayer(spoken), MediaRecorder(recorded)
    connection.addTrack(player.audio)
    started = time.time()
    connection.on("track", recorder.addTrack)
    connected = asyncio.Event()
    connection.on(
        "connectionstatechange", lambda: connected.set() if connection.connectionState == "connected" else None
    )
    await connection.setLocalDescription(await connection.createOffer())
    answer = await asyncio.to_thread(post, "/appel", {"offre": connection.localDescription.sdp})
    await connection.setRemoteDescription(RTCSessionDescription(answer["reponse"], "answer"))
    await recorder.start()
    await asyncio.wait_for(connected.wait(), 10)
    print(f"connected after {1000 * (time.time() - started):.0f} ms", flush=True)
    await asyncio.sleep(seconds)
    for entry in (await connection.getStats()).values():
        if entry.type == "inbound-rtp":
            print(f"received {entry.packetsReceived} lost {entry.packetsLost}", flush=True)
    await recorder.stop()
    await connection.close()


asyncio.run(main())
