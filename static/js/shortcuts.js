// Single keys of the workspace, never inside a field: "/" finds, J and K move in lists.
function typing(target) {
  return target.closest?.("input, textarea, select, [contenteditable]");
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row] a:first-of-type")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
}

export function shortcuts() {
  if (document.documentElement.dataset.density !== "compact") return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const field = document.querySelector(`[data-focus-key="${CSS.escape(event.key)}"]`);
    if (field) {
      event.preventDefault();
      field.focus();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
  });
}
