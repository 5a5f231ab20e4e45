// A held time: the page shows until when; this only speaks when it is nearly over.
// <div data-expires-at="2026-03-16T10:42:00+00:00" data-hold-dialog="hold" data-expired-url="…">
const WARN = 2 * 60 * 1000;

function remaining(until) {
  return until - Date.now();
}

export function announceHold(root) {
  const box = root.matches?.("[data-expires-at]") ? root : root.querySelector("[data-expires-at]");
  if (!box) return;
  const until = Date.parse(box.dataset.expiresAt);
  if (Number.isNaN(until)) return;
  let live = document.getElementById("hold-live");
  if (!live) {
    live = document.createElement("p");
    live.id = "hold-live";
    live.className = "visually-hidden";
    live.setAttribute("role", "status");
    document.body.append(live);
  }
  const current = () => box.isConnected && Date.parse(box.dataset.expiresAt) === until;

  const warn = () => {
    if (!current() || remaining(until) <= 0) return;
    live.textContent = "We hold your time for 2 more minutes.";
    document.getElementById(box.dataset.holdDialog)?.showModal?.();
  };
  const end = () => {
    if (!current()) return;
    live.textContent = "We no longer hold your time.";
    if (box.dataset.expiredUrl) location.assign(box.dataset.expiredUrl);
  };
  if (remaining(until) > 0) {
    if (remaining(until) > WARN) setTimeout(warn, remaining(until) - WARN);
    else warn();
    setTimeout(end, remaining(until) + 1000);
  }
}
