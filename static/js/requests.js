// What htmx needs to know: the CSRF token, when to show that it takes long, and what to
// do when a request fails. The old content always stays.
import { restAll } from "./busy.js";

const SLOW = 300;
const VERY_SLOW = 8000;
const timers = new WeakMap();
const notices = new WeakMap();

function notice(tone, words, action) {
  const box = document.createElement("div");
  box.className = `mc-notice mc-notice--${tone} mb-3`;
  box.setAttribute("role", tone === "danger" ? "alert" : "status");
  const inner = document.createElement("div");
  const text = document.createElement("p");
  text.textContent = words;
  inner.append(text);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-secondary btn-sm";
    button.textContent = "Try again";
    button.addEventListener("click", action);
    inner.append(button);
  }
  box.append(inner);
  return box;
}

function clear(target) {
  notices.get(target)?.remove();
  notices.delete(target);
}

function say(target, tone, words, action) {
  clear(target);
  const box = notice(tone, words, action);
  notices.set(target, box);
  target.before(box);
}

function retry(htmx, detail) {
  return () => {
    clear(detail.target);
    const { verb, path } = detail.requestConfig;
    htmx.ajax(verb, path, {
      source: detail.elt,
      target: detail.target,
      values: Object.fromEntries(detail.requestConfig.parameters ?? []),
    });
  };
}

function finish(target) {
  const [slow, verySlow] = timers.get(target) ?? [];
  clearTimeout(slow);
  clearTimeout(verySlow);
  timers.delete(target);
  target.removeAttribute("aria-busy");
  target.classList.remove("is-loading");
}

export function requests(htmx) {
  document.addEventListener("htmx:configRequest", (event) => {
    const { detail } = event;
    // The same page kept up to date is one reading in the access log, not many.
    if (detail.elt.matches("[data-poll]")) detail.headers["X-Refresh"] = "true";
    if (detail.verb === "get" || detail.parameters.csrfmiddlewaretoken) return;
    const token = document.querySelector('input[name="csrfmiddlewaretoken"]');
    if (token) detail.headers["X-CSRFToken"] = token.value;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target, elt } = event.detail;
    // Nobody looks: what asks by itself waits until somebody does.
    if (document.hidden && elt.matches("[data-poll]")) {
      event.preventDefault();
      return;
    }
    target.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => target.classList.add("is-loading"), SLOW);
    const verySlow = setTimeout(() => say(target, "info", "Still loading."), VERY_SLOW);
    timers.set(target, [slow, verySlow]);
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    finish(detail.target);
    restAll();
    if (detail.successful) clear(detail.target);
  });

  // A form that comes back with errors is an answer like any other.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if ([409, 422].includes(detail.xhr.status)) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });

  const failed = (words) => ({ detail }) => {
    const code = detail.xhr?.getResponseHeader?.("X-Request-ID");
    const quote = code ? ` If it happens again, quote ${code}.` : "";
    say(detail.target, "danger", `${words}${quote}`, retry(htmx, detail));
  };
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401 && document.getElementById("session-end")) {
      const again = event.detail.elt.matches("[data-poll]") ? null : retry(htmx, event.detail);
      document.dispatchEvent(new CustomEvent("mc:signed-out", { detail: { again } }));
      return;
    }
    if (status === 401 || status === 403) {
      say(event.detail.target, "danger", "You are signed out or may not do this. Load the page again.");
      return;
    }
    if (status === 429) {
      const seconds = event.detail.xhr.getResponseHeader("Retry-After");
      say(event.detail.target, "danger", `That was very often. Wait ${seconds || 60} seconds, then try again. Nothing is lost.`, retry(htmx, event.detail));
      return;
    }
    failed("This did not load. Nothing is lost.")(event);
  });
  document.addEventListener("htmx:sendError", failed("The connection failed. Nothing is lost."));
  document.addEventListener("htmx:timeout", failed("The clinic's server took too long. Nothing is lost."));

  // A whole new step moves the focus to its heading.
  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (detail.target.id !== "main") return;
    const heading = detail.target.querySelector("[data-errsum]") ?? detail.target.querySelector("h1");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus();
  });
}
