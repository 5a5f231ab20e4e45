// A form is sent once. Its button says what is happening, keeps its place and its focus,
// and wakes up again if the visitor comes back to the page or the request fails.
const resting = new Map();

function rest(button) {
  const html = resting.get(button);
  if (html === undefined) return;
  button.innerHTML = html;
  button.removeAttribute("aria-disabled");
  resting.delete(button);
}

export function restAll() {
  for (const button of [...resting.keys()]) rest(button);
}

function work(button) {
  if (resting.has(button)) return;
  resting.set(button, button.innerHTML);
  button.setAttribute("aria-disabled", "true");
  const words = button.dataset.busy;
  if (!words) return;
  const spinner = document.createElement("span");
  spinner.className = "mc-spin";
  spinner.setAttribute("aria-hidden", "true");
  button.replaceChildren(spinner, ` ${words}`);
}

export function busyButtons() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" && !form.hasAttribute("hx-post")) return;
    // A form whose answer is a download leaves the page where it is.
    if (form.hasAttribute("data-no-busy")) return;
    const button = event.submitter ?? form.querySelector('button[type="submit"], button:not([type])');
    if (!button) return;
    if (button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    // After the browser has read the form, so that the button's own value is sent.
    queueMicrotask(() => {
      if (!event.defaultPrevented || form.hasAttribute("hx-post")) work(button);
    });
  }, true);
  addEventListener("pageshow", (event) => {
    if (event.persisted) restAll();
  });
}
