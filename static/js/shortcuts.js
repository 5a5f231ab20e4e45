// Single keys of the workspace, never inside a field: "/" finds, J and K move in lists,
// others press the control that names them. People who speak to their computer can
// switch them off; the choice stays in the browser.
const SAVED = "mc-keys";

function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable], dialog[open]");
}

function isOff() {
  try {
    return localStorage.getItem(SAVED) === "off";
  } catch {
    return false;
  }
}

function remember(on) {
  try {
    localStorage.setItem(SAVED, on ? "on" : "off");
  } catch {
    // Private windows may refuse; the keys then stay on.
  }
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")]
    .map((row) => row.querySelector("a"))
    .filter(Boolean);
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
}

function press(key) {
  const field = document.querySelector(`[data-focus-key="${CSS.escape(key)}"]`);
  if (field) field.focus();
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else {
    const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!control) return false;
    control.click();
  }
  return true;
}

export function shortcuts() {
  if (document.documentElement.dataset.density !== "compact") return;
  const toggle = document.querySelector("[data-keys-on]");
  if (toggle) {
    toggle.checked = !isOff();
    toggle.addEventListener("change", () => remember(toggle.checked));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (!isOff() && press(event.key)) event.preventDefault();
  });
}
