// Within [data-conditions], a part with data-shown-by="<name>" and data-shown-value is there
// while the control of that name has this value. Without scripts all parts are there, with a
// line that says when each is meant.
function values(form, name) {
  return [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    .filter((control) => !["radio", "checkbox"].includes(control.type) || control.checked)
    .filter((control) => !control.closest("[hidden]"))
    .map((control) => control.value);
}

export function conditions(root) {
  for (const form of root.querySelectorAll("[data-conditions]")) {
    const parts = [...form.querySelectorAll("[data-shown-by]")];
    for (const line of form.querySelectorAll("[data-condition]")) line.hidden = true;
    const show = () => {
      for (const part of parts) {
        part.hidden = !values(form, part.dataset.shownBy).includes(part.dataset.shownValue);
      }
    };
    form.addEventListener("change", show);
    show();
  }
}
