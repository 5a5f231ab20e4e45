// Tells the booking pages where the visitor's clock is, once: a form with
// data-visitor-zone sends the browser's own zone by itself. Without scripts it is chosen.
let told = false;

export function visitorZone(root) {
  const form = root.querySelector("form[data-visitor-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!form || !zone || told) return;
  told = true;
  const select = form.querySelector("select");
  if (![...select.options].some((option) => option.value === zone)) select.add(new Option(zone, zone));
  select.value = zone;
  form.requestSubmit();
}
