// A control with data-submits sends its form when it changes; the form's own button
// (marked .mc-needs-no-js) is for browsers without scripts.
export function selects(root) {
  for (const control of root.querySelectorAll("[data-submits]")) {
    control.addEventListener("change", () => control.form?.requestSubmit());
  }
}
