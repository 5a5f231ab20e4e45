// Tells the booking pages where the visitor's clock is, once, if it shows another time
// than the clinic's: <form data-visitor-zone="Europe/London" data-at="…"> sends the
// browser's own zone by itself. Without scripts it is chosen. Whoever picks a time
// meanwhile keeps it: the answer then comes too late to be shown.
import { offset } from "./zones.js";

let told = false;

export function visitorZone(root) {
  const form = root.querySelector("form[data-visitor-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!form || !zone || told) return;
  told = true;
  const at = new Date(form.dataset.at);
  if (offset(at, zone) === offset(at, form.dataset.visitorZone)) return;
  const select = form.querySelector("select");
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone, zone));
  select.value = zone;
  form.requestSubmit();
  document.addEventListener("change", (event) => {
    if (event.target.name === "slot") window.htmx.trigger(form, "htmx:abort");
  });
}
