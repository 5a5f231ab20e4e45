// The phone menu and the filter sheet are native popovers. They cover the page, so
// leaving them by keyboard closes them, and opening them puts the focus inside.
export function popovers() {
  document.addEventListener("toggle", (event) => {
    const sheet = event.target;
    if (!sheet.matches?.("[data-closes-on-leave]") || event.newState !== "open") return;
    sheet.querySelector("a, button, input, select")?.focus();
  }, true);
  document.addEventListener("focusout", (event) => {
    const sheet = event.target.closest?.("[data-closes-on-leave]");
    if (!sheet?.matches(":popover-open")) return;
    if (event.relatedTarget && !sheet.contains(event.relatedTarget)) sheet.hidePopover();
  });
  // Native dialogs opened and closed by buttons.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal?.();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  });
}
