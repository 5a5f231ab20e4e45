// Live parts of a page (times, lists of doctors) are asked for again when somebody comes
// back to it: by the Back button, or to a tab that was out of sight for a while.
const LONG = 60000;

function refresh(htmx) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const address = new URL(part.dataset.live, location.href);
    if (part.hasAttribute("data-live-query")) {
      for (const [name, value] of new URLSearchParams(location.search)) {
        address.searchParams.append(name, value);
      }
    }
    const path = address.pathname + address.search;
    htmx.ajax("GET", path, { target: part, swap: "innerHTML" });
  }
}

export function freshParts(htmx) {
  let left = 0;
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) refresh(htmx);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) left = Date.now();
    else if (left && Date.now() - left > LONG) refresh(htmx);
  });
}
