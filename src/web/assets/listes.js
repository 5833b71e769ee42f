// Lists that are read while others work: what is new comes in, what has changed is changed, and what the reader is at stays
// where it is. Where rows may not move under the reader's fingers, a button says what is new, and brings it.
"use strict";

const list = document.querySelector("[data-suivie]");
const bar = document.getElementById("nouveaux");
// The list as the server has it, each shown row as it was drawn, and until when what came in is shown (by the server's clock).
let latest = null;
const drawn = new Map();
let read = Number(list?.dataset.lu);

const rowsOf = (place) => [...(place.querySelector("[data-rangs]")?.children ?? [])];
const plays = (place) => [...place.querySelectorAll("audio")].some((audio) => !audio.paused);
const holdsFocus = (place) => place !== document.activeElement && place.contains(document.activeElement);
const isBusy = (place) => holdsFocus(place) || plays(place);
// Whoever looks at the top of the page, and does nothing in the list nor at the button, may see it move.
const isUsed = (place) => isBusy(place) || place.matches(":hover");
const mayMove = () => scrollY < 200 && !isUsed(list) && !isUsed(bar);
// Rows that came in since; others come up from the next page when one goes.
const newsOf = (rows) => rows.filter((row) => Number(row.dataset.recu) > read);
const inWords = (news) => `${news} ${news > 1 ? list.dataset.plusieurs : list.dataset.un}`;

function atTheLists({ counts, html }) {
  counts.forEach((waiting, index) => badge(index + 1, waiting));
  if (!list || html === null) return;
  latest = html;
  follow();
}

// Brings the list nearer to what the server has, as far as that disturbs nobody.
function follow() {
  const fresh = parsed(latest);
  const [shown, next] = [rowsOf(list), rowsOf(fresh)];
  const known = new Map(shown.map((row) => [row.id, row]));
  const kept = new Set(next.map((row) => row.id));
  for (const row of next) redraw(known.get(row.id), row);
  const news = newsOf(next).length;
  if (next.every((row) => known.has(row.id)) && shown.every((row) => kept.has(row.id))) return offer("");
  if (mayMove()) {
    bring(fresh);
    if (news) announce(`${inWords(news)}.`);
  } else {
    offer(news ? `${inWords(news)} : afficher` : "La liste a changé : actualiser", news > 0);
  }
}

// A row that has changed, unless the reader is at it.
function redraw(old, row) {
  const html = row.outerHTML;
  if (!old || drawn.get(row.id) === html || isBusy(old)) return;
  const [now, focused] = [row.cloneNode(true), old === document.activeElement];
  old.replaceWith(now);
  if (focused) goTo(now);
  drawn.set(row.id, html);
}

// The button: what it says, or nothing where there is nothing to bring; whether that is told aloud.
function offer(what, aloud = false) {
  if (bar.firstElementChild.textContent === what) return;
  bar.hidden = !what;
  bar.firstElementChild.textContent = what;
  if (aloud) announce(what);
}

function goTo(place) {
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

// The whole list as the server has it; rows that stay are not touched, so that what plays goes on. Gives what is new.
function bring(fresh) {
  const [shown, next] = [rowsOf(list), rowsOf(fresh)];
  const known = new Map(shown.map((row) => [row.id, row]));
  const kept = new Set(next.map((row) => row.id));
  const news = newsOf(next);
  read = Math.max(read, ...next.map((row) => Number(row.dataset.recu)));
  if (shown.length && next.length) {
    for (const row of shown) if (!kept.has(row.id) && !plays(row)) row.remove();
    const place = list.querySelector("[data-rangs]");
    let at = place.firstElementChild;
    for (const row of next) {
      const old = known.get(row.id);
      if (old) at = old.nextElementSibling;
      else place.insertBefore(row, at);
    }
    list.querySelector(".pager")?.remove();
    const pager = fresh.querySelector(".pager");
    if (pager) list.append(pager);
  } else {
    list.replaceChildren(...fresh.childNodes);
  }
  draw();
  offer("");
  return news;
}

// Remembers how rows were drawn that are new.
function draw() {
  for (const row of rowsOf(list)) if (!drawn.has(row.id)) drawn.set(row.id, row.outerHTML);
}

if (list) {
  draw();
  bar.firstElementChild.addEventListener("click", () => {
    const [first] = bring(parsed(latest));
    goTo(first ?? list);
    (first ?? list).scrollIntoView({ block: "nearest" });
  });
  // What could not be changed while the reader was there.
  const later = () => setTimeout(() => latest !== null && follow(), 0);
  list.addEventListener("focusout", later);
  for (const over of ["pause", "ended"]) list.addEventListener(over, later, true);
}
