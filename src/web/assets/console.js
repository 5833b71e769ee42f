// What the pages do by themselves: they show calls as they go on, and give a sign that somebody is there.
"use strict";

const board = document.getElementById("appels");
const main = document.getElementById("contenu");
const announce = (text) => { document.getElementById("annonce").textContent = text; };
const loggedIn = document.querySelector(".me") !== null;

// A call's card, in place of what is shown of it. Parts that did not change are left alone: what is open stays open, and
// what has the focus keeps it.
function update(card, place = board) {
  const shown = document.getElementById(card.id);
  if (!shown) {
    place.append(card);
    card.querySelectorAll("[data-scroll]").forEach((box) => { box.scrollTop = box.scrollHeight; });
    announce(`Nouvel appel : ${card.dataset.caller}`);
    return;
  }
  let before = null;
  for (const part of card.querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (!old) {
      before ? before.after(part) : shown.prepend(part);
      before = part;
    } else if ((old.drawn ?? old.innerHTML) !== part.innerHTML && !part.hasAttribute("data-fixed")) {
      const follows = old.scrollTop + old.clientHeight >= old.scrollHeight - 40;
      redrawn(old, old.drawn = part.innerHTML);
      if (part.hasAttribute("data-scroll") && follows) old.scrollTop = old.scrollHeight;
      before = old;
    } else {
      before = old;
    }
  }
}

// Puts something else in a place; what has the focus in it keeps it, or what stands there now.
const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
function redrawn(place, html) {
  const focused = [...place.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  place.innerHTML = html;
  if (focused >= 0) ([...place.querySelectorAll(FOCUSABLE)][focused] ?? main).focus({ preventScroll: true });
}

// Takes something away; what had the focus in it would lose it.
function removed(card) {
  if (card?.contains(document.activeElement)) main.focus({ preventScroll: true });
  card?.remove();
}

const parsed = (html) => new DOMParser().parseFromString(html, "text/html").body;

function all(change) {
  const cards = [...parsed(change.html).children];
  const ids = new Set(cards.map((card) => card.id));
  for (const shown of [...board.children]) if (!ids.has(shown.id)) removed(shown);
  cards.forEach((card) => update(card));
}

function one(change) {
  if (change.html === null) removed(document.getElementById(`appel-${change.id}`));
  else [...parsed(change.html).children].forEach((card) => update(card));
}

// How many there are, beside a page of the navigation.
function badge(page, many) {
  const count = document.querySelector(`[data-count="${page}"]`);
  count.firstElementChild.textContent = many;
  count.hidden = many === 0;
}

// Browsers open few connections to one server: a page that nobody looks at holds none, unless a call may ring there.
let source = null;

function listen() {
  if (source || (document.hidden && !staysAwake())) return;
  const followed = document.querySelector("[data-suivie]")?.dataset.suivie ?? "";
  source = new EventSource(`/console/evenements?cartes=${board !== null}&${followed}`);
  const lost = document.getElementById("lien");
  const on = (name, show) => source.addEventListener(name, (event) => {
    const change = JSON.parse(event.data);
    badge(0, change.count);
    if (board) {
      show(change);
      const waiting = document.getElementById("attente");
      if (waited !== change.waiting) redrawn(waiting, waited = change.waiting);
      tick();
    }
  });
  let waited = null;
  on("appels", all);
  on("appel", one);
  source.addEventListener("listes", (event) => atTheLists(JSON.parse(event.data)));
  source.addEventListener("postes", (event) => atTheDesk(JSON.parse(event.data)));
  source.addEventListener("open", () => { if (lost) lost.hidden = true; });
  source.addEventListener("fin", () => location.reload());
  source.addEventListener("error", () => {
    if (lost) lost.hidden = false;
    // The browser tries again by itself, unless it was refused.
    if (source.readyState === EventSource.CLOSED) { source = null; setTimeout(sign, 5000); setTimeout(listen, 6000); }
  });
}

function silence() {
  source?.close();
  source = null;
}

// A sign that a browser is there; where its session is over, the page says so.
function sign() {
  fetch("/console/signe", { cache: "no-store" })
    .then((answer) => { if (answer.status === 401) location.reload(); })
    .catch(() => {});
}

// How long each call has lasted, by this machine's clock.
function tick() {
  for (const since of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Number(since.dataset.since)) / 1000));
    const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, "0")];
    let length = since.querySelector(".length");
    if (!length) {
      length = document.createElement("span");
      length.className = "length";
      since.append(length);
    }
    length.textContent = ` (${minutes}:${rest})`;
  }
}

if (loggedIn) {
  setInterval(sign, 60000);
  if (board) {
    setInterval(tick, 1000);
    document.querySelectorAll("[data-scroll]").forEach((box) => { box.scrollTop = box.scrollHeight; });
  }
  document.addEventListener("visibilitychange", () => (document.hidden && !staysAwake() ? silence() : listen()));
  listen();
}
