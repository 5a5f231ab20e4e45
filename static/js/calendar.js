// Moves visits in the calendar: dragged, or by keys. Nothing is changed here. Where a
// visit is put down the server is asked what that would mean; its answer, with what
// stands in the way and the form that does it, opens in a dialog.
//
// A column is a day of a doctor or room in rows of five minutes. Its first row is an
// instant, so a row is one too, whatever the clocks do on that day.
const ROW = 5 * 60 * 1000;
const HOUR_ROWS = 12;
// From how many pixels on a press is a drag, and how near to an edge the view follows.
const FAR = 5;
const EDGE = 48;

const root = document.getElementById("calendar");
const says = document.getElementById("move-says");
const dialog = document.getElementById("move-visit");
const answer = dialog?.querySelector("[data-place-answer]");
let moving = null;

const region = () => root.querySelector("[data-columns]");
const columns = () => [...root.querySelectorAll("[data-takes]")];

function say(words) {
  says.textContent = "";
  requestAnimationFrame(() => (says.textContent = words));
}

function instant(column, row) {
  return new Date(Date.parse(column.dataset.first) + (row - 1) * ROW);
}

function clock(at) {
  return new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: region().dataset.zone,
  }).format(at);
}

function put(element, row, span) {
  const other = [...element.classList].filter((name) => !/^mc-[rs]-\d+$/.test(name));
  element.className = [...other, `mc-r-${row}`, `mc-s-${span}`].join(" ");
}

// Another doctor or room keeps the visit's time; another day of the same one does not.
function isAside(column) {
  const from = moving.from.column.dataset;
  return column.dataset.doctor !== from.doctor || column.dataset.room !== from.room;
}

// The row in another day's column at which the clock shows the same: the clocks may
// have changed between the two, by an hour or by half of one.
function sameClock(next, { column, row }) {
  const wanted = clock(instant(column, row));
  const rows = [0, -HOUR_ROWS, HOUR_ROWS, -HOUR_ROWS / 2, HOUR_ROWS / 2].map((shift) => row + shift);
  return rows.find((one) => clock(instant(next, one)) === wanted) ?? row;
}

// What this page knows to be in the way, in words. The server knows more.
function inTheWay({ column, row }) {
  const end = row + moving.span;
  const touches = (item) => {
    const first = Number(item.dataset.rowAt);
    return first < end && row < first + Number(item.dataset.span);
  };
  const found = [...column.querySelectorAll("[data-taken]")]
    .filter((item) => item !== moving.item && touches(item))
    .map((item) => `${clock(instant(column, Number(item.dataset.rowAt)))} ${item.dataset.taken}`);
  if (column.dataset.doctor && !found.length) {
    const open = new Set();
    for (const item of column.querySelectorAll("[data-open]")) {
      const first = Number(item.dataset.rowAt);
      for (let one = first; one < first + Number(item.dataset.span); one += 1) open.add(one);
    }
    for (let one = row; one < end; one += 1) if (!open.has(one)) return "outside the open hours";
  }
  return found.join(", ");
}

function where({ column, row }) {
  const [start, end] = [row, row + moving.span].map((one) => clock(instant(column, one)));
  return `${column.dataset.words}, ${start} to ${end}`;
}

function show() {
  const { ghost, label, at, span } = moving;
  const clash = inTheWay(at);
  if (ghost.parentElement !== at.column) at.column.append(ghost);
  put(ghost, at.row, span);
  label.classList.toggle("is-clash", Boolean(clash));
  label.textContent = `${clock(instant(at.column, at.row))} ${moving.name}${clash ? `: ${clash}` : ""}`;
  return `${where(at)}. ${clash ? `Not free: ${clash}.` : "Free."}`;
}

function begin(link, byKeys) {
  const item = link.closest("li");
  const from = { column: item.parentElement, row: Number(item.dataset.rowAt) };
  const ghost = document.createElement("li");
  ghost.className = "mc-tg__b mc-tg__ghost";
  const label = document.createElement("span");
  label.className = "mc-ev mc-ev--ghost";
  // Readers of screens pass the arrow keys on to an application.
  label.setAttribute("role", "application");
  label.setAttribute("aria-label", `Moving ${link.dataset.name}`);
  label.tabIndex = 0;
  ghost.append(label);
  moving = {
    link, item, from, ghost, label, byKeys,
    at: { ...from }, span: Number(item.dataset.span), name: link.dataset.name,
  };
  item.classList.add("is-lifted");
  document.body.classList.add("mc-moving");
  const words = show();
  if (!byKeys) return;
  label.focus();
  say(`Moving ${moving.name}. Arrow keys change the place, Page Up and Page Down by an hour. Enter checks it, Escape leaves it. ${words}`);
}

function stop(words) {
  if (!moving) return;
  const { link, item, ghost } = moving;
  ghost.remove();
  item.classList.remove("is-lifted");
  document.body.classList.remove("mc-moving");
  moving = null;
  link.focus({ preventScroll: true });
  if (words) say(words);
}

const stays = () => `${moving.name} stays at ${clock(instant(moving.from.column, moving.from.row))}.`;

function step(rows, sideways) {
  const { at } = moving;
  if (sideways) {
    const all = columns();
    const next = all[all.indexOf(at.column) + sideways];
    if (!next) return say("There is no column further on.");
    at.row = isAside(next) ? moving.from.row : sameClock(next, at);
    at.column = next;
  } else if (isAside(at.column)) {
    return say(`${at.column.dataset.words}: the visit keeps its time there.`);
  }
  const last = Number(at.column.dataset.rows) - moving.span + 1;
  at.row = Math.min(Math.max(at.row + rows, 1), last);
  say(show());
  moving.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
  moving.label.focus({ preventScroll: true });
}

function load(address) {
  answer.replaceChildren(Object.assign(document.createElement("p"), { className: "mc-muted", textContent: "Checking what that means." }));
  window.htmx.ajax("GET", address, { target: answer, swap: "innerHTML" });
}

function ask() {
  const { at, from, link } = moving;
  if (at.column === from.column && at.row === from.row) return stop(stays());
  const asked = new URLSearchParams({
    starts_at: instant(at.column, at.row).toISOString(),
    seen: link.dataset.seen,
    next: location.pathname + location.search,
  });
  const { doctor, room } = at.column.dataset;
  if (doctor && doctor !== from.column.dataset.doctor) asked.set("doctor", doctor);
  if (room && room !== from.column.dataset.room) asked.set("room", room);
  dialog.showModal();
  load(`${link.dataset.move}?${asked}`);
}

function keys() {
  const steps = {
    ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [-HOUR_ROWS, 0], PageDown: [HOUR_ROWS, 0],
    ArrowLeft: [0, -1], ArrowRight: [0, 1],
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (!moving) {
      const link = event.target.closest?.("#calendar a.mc-ev");
      if (!link || event.key.toLowerCase() !== "m") return;
      event.preventDefault();
      if (link.dataset.move) begin(link, true);
      else say("Only a booked visit of yours can be moved.");
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      stop(stays());
      return;
    }
    if (!moving.byKeys) return;
    if (event.key === "Tab") stop(stays());
    else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      ask();
    } else if (steps[event.key]) {
      event.preventDefault();
      const [rows, aside] = steps[event.key];
      step(rows, document.dir === "rtl" ? -aside : aside);
    }
  });
}

function drags() {
  let press = null;
  const rowHeight = (column) => parseFloat(getComputedStyle(column).gridAutoRows);
  const top = (column) =>
    column.getBoundingClientRect().top + parseFloat(getComputedStyle(column).paddingTop);

  function follow({ clientX, clientY }) {
    const edge = region().getBoundingClientRect();
    const toward = (at, low, high) => (at > high ? EDGE / 4 : at < low ? -EDGE / 4 : 0);
    region().scrollBy(
      toward(clientX, edge.left + 2 * EDGE, edge.right - EDGE),
      toward(clientY, edge.top + 2 * EDGE, edge.bottom - EDGE),
    );
    const column = columns().find((one) => {
      const { left, right } = one.getBoundingClientRect();
      return left <= clientX && clientX < right;
    });
    if (column) moving.at.column = column;
    const { at } = moving;
    const last = Number(at.column.dataset.rows) - moving.span + 1;
    const row = Math.round((clientY - press.grab - top(at.column)) / rowHeight(at.column)) + 1;
    at.row = isAside(at.column) ? moving.from.row : Math.min(Math.max(row, 1), last);
    show();
  }

  root.addEventListener("dragstart", (event) => event.target.closest("[data-move]") && event.preventDefault());
  root.addEventListener("pointerdown", (event) => {
    const link = event.target.closest("[data-move]");
    // A finger scrolls; it opens the visit and moves it from there.
    if (!link || event.button !== 0 || event.pointerType === "touch" || moving) return;
    press = { link, x: event.clientX, y: event.clientY, grab: event.clientY - link.getBoundingClientRect().top };
  });
  document.addEventListener("pointermove", (event) => {
    if (!press) return;
    if (!event.buttons) {
      // Let go outside the window.
      press = null;
      if (moving) stop(stays());
      return;
    }
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > FAR;
    if (!press.dragged && far) {
      press.dragged = true;
      begin(press.link, false);
    }
    if (moving) follow(event);
  });
  document.addEventListener("pointerup", () => {
    const dragged = press?.dragged;
    press = null;
    if (!dragged) return;
    // What ends a drag is no click on the visit, even if Escape ended it before.
    const swallow = (event) => {
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
    if (moving) ask();
  });
  document.addEventListener("pointercancel", () => {
    press = null;
    if (moving && !moving.byKeys && !dialog.open) stop(stays());
  });
}

function asks() {
  dialog.addEventListener("close", () => moving && stop(stays()));
  dialog.addEventListener("click", (event) => {
    const near = event.target.closest("[data-place]");
    if (!near && !event.target.closest("[data-stays]")) return;
    event.preventDefault();
    if (near) load(moving.link.dataset.move + near.getAttribute("href"));
    else dialog.close();
  });
  answer.addEventListener("htmx:afterSwap", () => {
    if (answer.querySelector("[data-errsum]")) return;
    answer.querySelector("textarea, form .btn, .btn")?.focus();
  });
}

// The drawing is brought up to date by itself, but not under somebody's hands, and each
// region stays where it was scrolled to.
function refreshes() {
  const kept = () => root.querySelector("[data-keeps-scroll], .mc-tablewrap");
  let was = null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== root || (!moving && !dialog.open)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, { capture: true });
  root.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target === root) was = kept() && [kept().scrollLeft, kept().scrollTop];
  });
  root.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === root && was) kept()?.scrollTo(...was);
  });
}

// Where the eye should be: at today, and at what is on now, unless a visit was asked for.
function opensAtNow() {
  const today = root.querySelector(".mc-tgs__col.is-today");
  if (today) region().scrollLeft = today.offsetLeft - today.previousElementSibling.offsetWidth;
  const now = root.querySelector(".mc-tgs__axis .mc-tg__now");
  if (now && !location.hash) region().scrollTop = now.offsetTop - region().clientHeight / 3;
}

if (root && dialog) {
  keys();
  drags();
  asks();
  refreshes();
  opensAtNow();
}
