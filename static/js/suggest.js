// A search box that shows what it finds while somebody types, as a combobox: the arrows
// move, Enter opens what is marked, or searches. Without scripts it is a search box.
const WAIT = 180;
const FEWEST = 2;

function options(form) {
  return [...form.querySelectorAll('[role="option"]')];
}

function mark(form, input, option) {
  for (const one of options(form)) one.setAttribute("aria-selected", String(one === option));
  if (option) {
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function show(form, input, is) {
  form.querySelector(".mc-omni__panel").hidden = !is;
  input.setAttribute("aria-expanded", String(is && options(form).length > 0));
  if (!is) mark(form, input, null);
}

function move(form, input, step) {
  const found = options(form);
  if (!found.length) return;
  const at = found.findIndex((one) => one.id === input.getAttribute("aria-activedescendant"));
  const from = at < 0 && step < 0 ? 0 : at;
  show(form, input, true);
  mark(form, input, found[(from + step + found.length) % found.length]);
}

function keys(form, input, event) {
  const marked = document.getElementById(input.getAttribute("aria-activedescendant") ?? "");
  if (event.key === "ArrowDown") move(form, input, 1);
  else if (event.key === "ArrowUp") move(form, input, -1);
  else if (event.key === "Enter" && marked) marked.click();
  else if (event.key === "Escape" && input.getAttribute("aria-expanded") === "true") show(form, input, false);
  else return;
  event.preventDefault();
}

export function suggestions(htmx) {
  const form = document.querySelector("[data-suggests]");
  const input = form?.querySelector("input");
  if (!input) return;
  let waiting;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", "omni-list");
  show(form, input, false);
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    if (input.value.trim().length < FEWEST) show(form, input, false);
    else waiting = setTimeout(() => htmx.trigger(input, "suggest"), WAIT);
  });
  form.addEventListener("htmx:afterSwap", () => {
    // The answer may come when the words are gone, or the person is elsewhere.
    if (document.activeElement !== input || input.value.trim().length < FEWEST) return;
    const found = options(form).length;
    show(form, input, true);
    mark(form, input, null);
    form.querySelector('[role="status"]').textContent = found ? `${found} found` : "Nobody found";
  });
  input.addEventListener("keydown", (event) => keys(form, input, event));
  form.addEventListener("submit", () => clearTimeout(waiting));
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) show(form, input, false);
  });
}
