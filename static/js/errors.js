// After a failed submit the error summary takes the focus, so that it is read out.
// Its links put the focus into the field, not only into view.
export function focusErrors(root) {
  const summary = root.matches?.("[data-errsum]") ? root : root.querySelector("[data-errsum]");
  if (!summary) return;
  summary.focus();
  summary.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.focus();
    const seen = field.closest(".mc-field") ?? field;
    seen.scrollIntoView({ block: "start" });
  });
}
