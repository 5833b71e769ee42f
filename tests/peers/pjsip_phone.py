"""A telephone by PJSIP that calls or is called, presses keys, records each of its calls, and says a recording over and
over in that which takes the place of the first. It obeys REFER and Replaces (RFC 3515, RFC 3891), as desk phones do.

usage: pjsip_phone.py PORT SPOKEN.wav RECORDED SECONDS KEYS [URI]

KEYS such as "4:1,6:2" are pressed so many seconds after the first call is connected, or is "-". The sound of its first
call is in RECORDED-1.wav, that of the call which takes its place in RECORDED-2.wav.
"""

import sys
import time

import pjsua2 as pj

port, spoken, recorded, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
keys = [] if sys.argv[5] == "-" else [key.split(":") for key in sys.argv[5].split(",")]
uri = sys.argv[6] if len(sys.argv) > 6 else None

endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.logConfig.level = config.logConfig.consoleLevel = 4
config.medConfig.noVad = True
endpoint.libInit(config)
transport = pj.TransportConfig()
transport.port = port
transport.boundAddress = transport.publicAddress = "127.0.0.1"
endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
endpoint.audDevManager().setNullDev()
calls = []


class Call(pj.Call):
    def __init__(self, account, call_id=pj.PJSUA_INVALID_ID):
        super().__init__(account, call_id)
        calls.append(self)
        self.number = len(calls)
        self.player = self.recorder = self.since = None
        self.over = False

    def onCallState(self, prm):
        info = self.getInfo()
        print("STATE", self.number, info.stateText, info.lastStatusCode, flush=True)
        if info.state == pj.PJSIP_INV_STATE_CONFIRMED:
            self.since = time.monotonic()
        self.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED

    def onCallMediaState(self, prm):
        info = self.getInfo()  # which owns what it gives
        if info.media[0].status != pj.PJSUA_CALL_MEDIA_ACTIVE:
            return
        sound = self.getAudioMedia(-1)
        if self.player is None:
            self.player = pj.AudioMediaPlayer()
            self.player.createPlayer(spoken)
            self.recorder = pj.AudioMediaRecorder()
            self.recorder.createRecorder(f"{recorded}-{self.number}.wav")
        if self.number > 1:  # a telephone that beeps when it is picked up is a voicemail
            self.player.startTransmit(sound)
        sound.startTransmit(self.recorder)

    def onCallTransferRequest(self, prm):
        print("REFER", prm.dstUri, flush=True)
        prm.newCall = Call(account)

    def onCallReplaceRequest(self, prm):
        print("REPLACES", flush=True)
        prm.newCall = Call(account)


class Account(pj.Account):
    def onIncomingCall(self, prm):
        call = Call(self, prm.callId)
        answer = pj.CallOpParam()
        answer.statusCode = 200
        call.answer(answer)


settings = pj.AccountConfig()
settings.idUri = f"sip:0467700001@127.0.0.1:{port}"
settings.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
account = Account()
account.create(settings)
if uri:
    Call(account).makeCall(uri, pj.CallOpParam(True))
print("READY", flush=True)
end = time.monotonic() + seconds
while time.monotonic() < end:
    time.sleep(0.1)
    first = calls[0] if calls else None
    if keys and first and first.since and not first.over and time.monotonic() - first.since > float(keys[0][0]):
        first.dialDtmf(keys.pop(0)[1])
endpoint.hangupAllCalls()
time.sleep(1)
for call in calls:
    call.player = call.recorder = None
calls.clear()
del account, call, first
endpoint.libDestroy()
