// The end of a session. Two minutes before it we ask; once it is over the page is hidden
// until the same person has signed in again in another tab, and goes on with what was
// typed. Another person finds nothing: the page is loaded anew. A page about somebody
// whom one acts for asks each second whether one still does, and goes when that is over.
const WARN = 120;
const HERE = 60;
const AGAIN = 3000;
const ACTING = 1000;

export function sessionEnd() {
  const box = document.getElementById("session-end");
  if (!box) return;
  const soon = document.getElementById("session-soon");
  const over = document.getElementById("session-over");
  const clock = soon.querySelector("[data-clock]");
  const waiting = [];
  let until = Date.now() + Number(box.dataset.left) * 1000;
  // A short limit is asked about at half time.
  const warn = Math.min(WARN, Number(box.dataset.left) / 2) * 1000;
  let told = Date.now();
  let isOver = false;

  const token = () => box.querySelector('[name="csrfmiddlewaretoken"]').value;

  async function ask(path, method) {
    const answer = await fetch(path, {
      method,
      cache: "no-store",
      headers: method === "POST" ? { "X-CSRFToken": token(), "X-Requested-With": "fetch" } : {},
    });
    // A server that has no answer now says nothing about the session.
    if (!answer.ok && answer.status !== 401) return null;
    return answer.json();
  }

  function lock() {
    if (isOver) return;
    isOver = true;
    soon.close();
    document.documentElement.classList.add("is-locked");
    document.title = "Signed out";
    over.showModal();
  }

  function unlock(state) {
    for (const field of document.querySelectorAll('[name="csrfmiddlewaretoken"]')) {
      field.value = state.token;
    }
    isOver = false;
    document.documentElement.classList.remove("is-locked");
    document.title = title;
    over.close();
    for (const again of waiting.splice(0)) again();
  }
  const title = document.title;

  function take(state) {
    if (!state) return;
    if (state.who && state.who !== box.dataset.who) {
      location.reload();
      return;
    }
    if (!state.who) {
      lock();
      return;
    }
    if (acting && state.acts === false) {
      document.documentElement.classList.add("is-locked");
      location.replace(box.dataset.family);
      return;
    }
    until = Date.now() + state.left * 1000;
    if (isOver) unlock(state);
    else if (state.left * 1000 > warn) soon.close();
  }

  const acting = box.dataset.acting;
  const state = acting ? `${box.dataset.state}?acting=${acting}` : box.dataset.state;
  const look = () => ask(state, "GET").then(take, () => {});
  if (acting) setInterval(() => document.hidden || isOver || look(), ACTING);
  const stay = () => {
    told = Date.now();
    return ask(box.dataset.stay, "POST").then(take, () => {});
  };

  // Somebody types, points or touches: say so once in a while, so that reading and
  // writing long texts count as being there.
  const here = Math.min(HERE * 1000, warn);
  for (const kind of ["keydown", "pointerdown"]) {
    document.addEventListener(kind, () => {
      if (!isOver && !soon.open && Date.now() - told > here) stay();
    }, { passive: true, capture: true });
  }

  let looked = 0;
  setInterval(() => {
    const left = until - Date.now();
    if (isOver) {
      if (Date.now() - looked > AGAIN) {
        looked = Date.now();
        look();
      }
      return;
    }
    if (left > warn) return;
    if (soon.open) {
      const seconds = Math.max(Math.ceil(left / 1000), 0);
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left`;
      if (left <= -500 && Date.now() - looked > AGAIN) {
        looked = Date.now();
        look();
      }
      return;
    }
    // Another tab may have gone on meanwhile.
    if (Date.now() - looked < 1000) return;
    looked = Date.now();
    look().then(() => {
      if (!isOver && !soon.open && until - Date.now() <= warn) soon.showModal();
    });
  }, 500);

  soon.addEventListener("close", () => {
    if (!isOver && until - Date.now() <= warn) stay();
  });
  soon.querySelector("[data-stay-here]").addEventListener("click", () => soon.close());
  over.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  window.addEventListener("focus", look);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) look();
  });
  // A request of the page was refused because nobody is signed in any more.
  document.addEventListener("mc:signed-out", (event) => {
    if (event.detail?.again) waiting.push(event.detail.again);
    look();
  });
}
