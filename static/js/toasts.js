// Toasts leave after 8 seconds, unless somebody points at them or has the focus there.
// The server can send one with an htmx answer: HX-Trigger: {"mc:toast": {"text": "…"}}
const STAY = 8000;

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = "yes";
  let timer;
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(() => toast.remove(), STAY);
  };
  const hold = () => clearTimeout(timer);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", start);
  toast.addEventListener("focusout", start);
  toast.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) toast.remove();
  });
  start();
}

export function toast(text) {
  const box = document.createElement("div");
  box.className = "mc-toast";
  const words = document.createElement("span");
  words.className = "mc-grow";
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "mc-toast__x";
  close.dataset.dismiss = "";
  close.textContent = "Dismiss";
  box.append(words, close);
  document.getElementById("toasts")?.append(box);
  arm(box);
}

document.addEventListener("mc:toast", (event) => toast(event.detail.text ?? event.detail.value));

export function toasts(root) {
  for (const box of root.querySelectorAll("[data-toast]")) arm(box);
}
