"""Places one call with PJSIP: speaks, records what comes back, hangs up. Silence is not sent (VAD), as softphones like.

usage: pjsip_call.py URI SPOKEN.wav RECORDED.wav SECONDS [CODEC [CA.pem]]   (SPOKEN: 16 bits, 8 kHz, one channel)

With CA.pem, signalling is by TLS, the server must prove its name, and sound is encrypted or there is no call.
"""

import sys
import time

import pjsua2 as pj

uri, spoken, recorded, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
wanted = sys.argv[5] if len(sys.argv) > 5 else "PCMA"
ca = sys.argv[6] if len(sys.argv) > 6 else None

endpoint = pj.Endpoint()
endpoint.libCreate()
config = pj.EpConfig()
config.logConfig.level = config.logConfig.consoleLevel = 3
config.medConfig.noVad = False
endpoint.libInit(config)
transport = pj.TransportConfig()
transport.port = 0
transport.boundAddress = transport.publicAddress = "127.0.0.1"
if ca:
    transport.tlsConfig.CaListFile = ca
    transport.tlsConfig.verifyServer = True
endpoint.transportCreate(pj.PJSIP_TRANSPORT_TLS if ca else pj.PJSIP_TRANSPORT_UDP, transport)
endpoint.libStart()
endpoint.audDevManager().setNullDev()  # no sound card
for codec in endpoint.codecEnum2():
    endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith(wanted) else 0)

account_config = pj.AccountConfig()
account_config.idUri = "sip:0467111111@127.0.0.1"
account_config.mediaConfig.transportConfig.boundAddress = "127.0.0.1"
if ca:
    account_config.mediaConfig.srtpUse = pj.PJMEDIA_SRTP_MANDATORY
    account_config.mediaConfig.srtpSecureSignaling = 1
account = pj.Account()
account.create(account_config)


class Call(pj.Call):
    connected = False
    answered = False
    over = False

    def onCallState(self, prm):
        info = self.getInfo()
        print("STATE", info.stateText, info.lastStatusCode, flush=True)
        Call.answered = Call.answered or info.state == pj.PJSIP_INV_STATE_CONFIRMED
        Call.over = info.state == pj.PJSIP_INV_STATE_DISCONNECTED

    def onCallMediaState(self, prm):
        info = self.getInfo()
        if info.media[0].status != pj.PJSUA_CALL_MEDIA_ACTIVE or Call.connected:
            return
        Call.connected = True
        sound = self.getAudioMedia(-1)
        self.player = pj.AudioMediaPlayer()
        self.player.createPlayer(spoken, pj.PJMEDIA_FILE_NO_LOOP)
        self.player.startTransmit(sound)
        self.recorder = pj.AudioMediaRecorder()
        self.recorder.createRecorder(recorded)
        sound.startTransmit(self.recorder)


call = Call(account)
call.player = call.recorder = None
time.sleep(1)
call.makeCall(uri, pj.CallOpParam(True))
end = time.monotonic() + seconds
while time.monotonic() < end and not Call.over:
    time.sleep(0.1)
went_well = Call.answered and not Call.over  # it is for us to hang up
if went_well:
    print(call.dump(True, " "))
    sent = call.getStreamStat(0).rtcp.txStat.pkt
    print("SENT", sent, "packets in", seconds, "s")
    went_well = 0 < sent < 50 * seconds / 2
    call.hangup(pj.CallOpParam(True))
    time.sleep(1)
call.player = None
call.recorder = None
del call
endpoint.libDestroy()
sys.exit(0 if went_well else 1)
