// Parts of a page that are told when something changed: a socket says so, htmx asks for
// the part (its trigger "live"). Without a socket, or while it is away, the part asks by
// itself from time to time, so nothing depends on it.
const FIRST = 1000;
const LONGEST = 30000;
// What let the socket in is over: the page's next request says why.
const OVER = 4401;

function listen(htmx, part) {
  const address = new URL(part.dataset.socket, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  let pause = FIRST;
  let seen = "";
  let socket;
  let later = 0;
  const ask = () => part.isConnected && htmx.trigger(part, "live");

  function open() {
    if (!part.isConnected) return;
    socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      part.dataset.heard = "open";
      // Whatever happened while nobody listened.
      if (pause > FIRST) ask();
      pause = FIRST;
    });
    socket.addEventListener("message", (event) => {
      const { version } = JSON.parse(event.data);
      if (version === seen) return;
      seen = version === "again" ? "" : version;
      ask();
    });
    socket.addEventListener("close", ({ code }) => {
      delete part.dataset.heard;
      if (code === OVER) {
        ask();
        return;
      }
      // Not all at once, when a server comes back.
      later = setTimeout(open, pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST);
    });
  }

  open();
  window.addEventListener("pagehide", () => {
    clearTimeout(later);
    socket?.close();
  });
  window.addEventListener("pageshow", (event) => event.persisted && open());
}

export function liveParts(htmx, root) {
  for (const part of root.querySelectorAll("[data-socket]")) {
    if (part.dataset.socket && !part.dataset.listens) {
      part.dataset.listens = "true";
      listen(htmx, part);
    }
  }
}
