// Calls that are taken in this browser: what rings, the line of who speaks, and its sound.
"use strict";

const posts = document.getElementById("postes");
const GATHER_MS = 400;
const TOLD_MS = 8000;
const LEFT_MS = 120000;
const RING_MS = 3000;
// The call that is spoken here: { id, stream, connection, ear, open, shown }.
let line = null;
// Of several pages, one goes on listening while nobody looks at it, so that a call rings all the same.
let keeper = false;

const isAvailable = () => document.querySelector("[data-etat=disponible]") !== null;
const staysAwake = () => line !== null || (keeper && isAvailable());
const cardOf = (id) => posts.querySelector(`[data-post="${id}"]`);
const tell = (id, text) => {
  const state = cardOf(id)?.querySelector(".state");
  if (state) state.textContent = text;
  else if (text) notice(text);
};
const alarm = (text) => { document.getElementById("alerte").textContent = text; };

async function send(path, fields = {}) {
  const jeton = document.querySelector("input[name=jeton]").value;
  let answer;
  try {
    answer = await fetch(`/console/${path}`, { method: "POST", body: new URLSearchParams({ jeton, ...fields }) });
  } catch {
    throw new Error("Allô ne répond pas. Vérifiez votre connexion.");
  }
  if (answer.status === 409 || answer.status === 404) throw new Error("Trop tard : l'appel n'est plus là.");
  if (!answer.ok || answer.url.endsWith("/connexion")) throw new Error("Cela n'a pas été possible. Rechargez la page et recommencez.");
  return answer.headers.get("content-type")?.startsWith("application/json") ? answer.json() : null;
}

// What rings and what is spoken, as the server tells it.
function atTheDesk({ html }) {
  const cards = [...parsed(html).children];
  const ids = new Set(cards.map((card) => card.id));
  for (const shown of [...posts.querySelectorAll("[data-post]")]) if (!ids.has(shown.id)) remove(shown);
  cards.forEach(place);
  // What was told before the call was taken may come after: a line ends that was shown.
  const shown = line !== null && SOUNDS.includes(cardOf(line.id)?.dataset.stage);
  if (line?.shown && !shown) finish(line, "");
  else if (shown) line.shown = true;
  rings();
}

const SOUNDS = ["ligne", "ecoute"];

// A call that is no longer here; of one that was spoken here, a note may be left.
function remove(card) {
  removed(card);
  if (card.dataset.stage !== "ligne") return;
  const link = document.createElement("a");
  link.href = `/console/appels/${card.dataset.call}#suivi`;
  link.textContent = "Noter ce qu'il en est";
  notice("La conversation est terminée. ", link);
  alarm("La conversation est terminée.");
}

// Says something that belongs to no call that is shown.
function notice(...what) {
  const said = document.createElement("p");
  said.className = "notice";
  said.append(...what);
  posts.append(said);
  setTimeout(() => said.remove(), LEFT_MS);
}

function place(card) {
  const shown = document.getElementById(card.id);
  if (shown && shown.dataset.stage === card.dataset.stage) return update(card, posts);
  const opened = line?.id === card.dataset.post;
  const said = shown?.querySelector(".state").textContent;
  const focused = shown?.contains(document.activeElement);
  if (shown) shown.replaceWith(card);
  else posts.append(card);
  dress(card, opened ? said : "");
  if (focused && !card.contains(document.activeElement)) {
    card.tabIndex = -1;
    card.focus();
  }
}

// A card as this page has it: whether its sound is here.
function dress(card, said) {
  const { post, stage, caller, service } = card.dataset;
  const here = line?.id === post;
  card.querySelectorAll(".here").forEach((part) => { if (!here || !part.matches(".keys")) part.hidden = !here; });
  card.querySelectorAll(".elsewhere").forEach((part) => { part.hidden = here; });
  if (said) card.querySelector(".state").textContent = said;
  if (stage === "sonne" && !here) {
    alarm(`Appel pour ${service}. Appelant : ${caller}. Bouton « Prendre l'appel », en haut de la page.`);
    if (!document.activeElement || document.activeElement === document.body) card.querySelector("[data-do=prise]").focus();
  } else if (stage === "pris") {
    alarm(card.querySelector("h2").textContent);
    setTimeout(() => removed(card), TOLD_MS);
  } else if (here) {
    card.querySelector("button.here")?.focus();
  }
}

// Rings softly as long as a call does, where somebody may hear it.
let bell = null;
const title = document.title;

function rings() {
  const ringing = posts.querySelector("[data-stage=sonne]") !== null && line === null;
  document.title = ringing ? `☎ Appel – ${title}` : title;
  document.querySelector(".skip[href='#postes']").hidden = posts.childElementCount === 0;
  const sounds = ringing && (keeper || !document.hidden);
  if (sounds && !bell) {
    const audio = new AudioContext();
    const strike = () => [0, 0.22].forEach((after, index) => {
      const [tone, volume, at] = [audio.createOscillator(), audio.createGain(), audio.currentTime + after];
      tone.frequency.value = index ? 660 : 523;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.08, at + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 1);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 1);
    });
    strike();
    bell = { audio, timer: setInterval(strike, RING_MS) };
  } else if (!sounds && bell) {
    clearInterval(bell.timer);
    bell.audio.close();
    bell = null;
  }
}

// The sound of this browser, for a connection that somebody is offered.
async function microphone() {
  if (!navigator.mediaDevices) throw new Error("Le navigateur n'accorde le micro qu'aux pages en https.");
  try {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch {
    throw new Error("Pas de micro : branchez-le, ou autorisez-le pour ce site, puis recommencez.");
  }
}

// Opens the sound of a call: `ask` sends the offer and gives the answer.
async function begin(opening, ask) {
  const connection = opening.connection = new RTCPeerConnection();
  if (opening.stream) for (const track of opening.stream.getTracks()) connection.addTrack(track, opening.stream);
  else connection.addTransceiver("audio", { direction: "sendrecv" });
  connection.ontrack = ({ track }) => {
    const ear = opening.ear = new Audio();
    ear.srcObject = new MediaStream([track]);
    ear.play().catch(() => {});
  };
  connection.onconnectionstatechange = () => {
    const state = connection.connectionState;
    if (line !== opening) return;
    if (state === "connected") tell(opening.id, opening.listens ? "Vous écoutez." : "Vous parlez ensemble.");
    if (state === "disconnected") tell(opening.id, "La liaison est mauvaise…");
    if (state === "failed") finish(opening, "La liaison a été perdue.");
  };
  const gathered = new Promise((resolve) => {
    setTimeout(resolve, GATHER_MS);
    connection.onicegatheringstatechange = () => connection.iceGatheringState === "complete" && resolve();
  });
  await connection.setLocalDescription();
  await gathered;
  const { poste, reponse } = await ask(connection.localDescription.sdp);
  opening.id = String(poste);
  await connection.setRemoteDescription({ type: "answer", sdp: reponse });
  opening.open = true;
  const card = cardOf(opening.id);
  if (card) dress(card, "Connexion…");
}

async function take(id) {
  if (line) return;
  const taking = line = { id, open: false };
  rings();
  try {
    tell(id, "Autorisez le micro si votre navigateur le demande…");
    taking.stream = await microphone();
    tell(id, "Connexion…");
    await begin(taking, (offre) => send(`postes/${id}/prise`, { offre }));
  } catch (error) {
    finish(taking, error.message);
  }
}

// Steps into a call that runs: takes it over, or listens to it.
async function stepIn(call, how) {
  if (line) return alarm("Vous parlez déjà.");
  const stepping = line = { id: null, open: false, listens: how === "ecoute" };
  try {
    if (!stepping.listens) stepping.stream = await microphone();
    await begin(stepping, (offre) => send(`appels/${call}/${how}`, { offre }));
  } catch (error) {
    finish(stepping, error.message);
  }
}

// Lets the clerk, and nobody else, hear who listens; or no longer.
async function whisper(button) {
  const starts = button.getAttribute("aria-pressed") !== "true";
  const listening = line;
  if (starts && !listening.stream) listening.stream = await microphone();
  const [track] = listening.stream?.getTracks() || [];
  await listening.connection.getSenders()[0].replaceTrack(starts ? track : null);
  button.setAttribute("aria-pressed", String(starts));
  tell(listening.id, starts ? "L'agent vous entend ; l'appelant, non." : "Vous écoutez.");
}

function finish(closing, why) {
  closing.stream?.getTracks().forEach((track) => track.stop());
  closing.connection?.close();
  if (line === closing) line = null;
  if (why) {
    tell(closing.id, why);
    alarm(why);
  }
  rings();
}

function mute(button) {
  const muted = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(muted));
  line?.stream.getTracks().forEach((track) => { track.enabled = !muted; });
}

const DO = {
  prise: (id) => take(id),
  refus: (id) => send(`postes/${id}/refus`),
  fin: async (id) => {
    await send(`postes/${id}/fin`);
    if (line?.id === id) finish(line, "");
  },
  micro: (_, button) => mute(button),
  souffle: (_, button) => whisper(button),
  retour: (id) => send(`postes/${id}/retour`),
  bande: (id) => send(`postes/${id}/bande`),
  suite: async (id) => {
    const [service, poste] = ["service", "poste"].map((name) => cardOf(id).querySelector(`[name=${name}]`).value.trim());
    await send(`postes/${id}/suite`, poste ? { poste } : { service });
    if (poste) tell(id, `Le poste ${poste} sonne. Si personne ne répond, l'appelant vous revient.`);
  },
  touches: (id, button) => {
    const keys = cardOf(id).querySelector(".keys");
    keys.hidden = !keys.hidden;
    button.setAttribute("aria-expanded", String(!keys.hidden));
  },
};

if (posts) {
  posts.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const id = target.closest("[data-post]")?.dataset.post;
    if (!button || !id) return;
    if (button.dataset.key) line?.connection?.getSenders()[0]?.dtmf?.insertDTMF(button.dataset.key, 160);
    else Promise.resolve(DO[button.dataset.do]?.(id, button)).catch((error) => tell(id, error.message));
  });
  document.addEventListener("click", ({ target }) => {
    const step = target.closest("[data-step]");
    if (step) stepIn(step.dataset.call, step.dataset.step);
  });
  posts.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const { post, call } = form.closest("[data-post]").dataset;
    try {
      await send(`appels/${call}/note`, { issue: form.issue.value, texte: form.texte.value });
      form.texte.value = "";
      tell(post, "Noté.");
    } catch (error) {
      tell(post, error.message);
    }
  });
  // Who speaks stays on this page: others open beside it.
  const beside = ({ target }) => {
    const goes = target.closest?.("a[href], form:not(.note)");
    if (line && goes && !goes.target) goes.target = "_blank";
  };
  document.addEventListener("click", beside, true);
  document.addEventListener("submit", beside, true);
  addEventListener("beforeunload", (event) => { if (line?.open) event.preventDefault(); });
  navigator.locks?.request("allo-postes", () => {
    keeper = true;
    return new Promise(() => {});
  });
  posts.querySelectorAll("[data-post]").forEach((card) => dress(card, ""));
  rings();
}
