// Sends the file of a form in parts before the form (tus 1.0), so that a connection that
// breaks costs one part and nothing that was typed. What has arrived stays on the server
// for a day: the same file chosen again goes on where it stopped, also on another page.
// Nothing is kept in the browser. Without this the form sends its file as forms do.
import { restAll } from "./busy.js";

const PATIENCE = 60_000;
const SMALLEST = 50_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const TUS = { "Tus-Resumable": "1.0.0" };

const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

class Refused extends Error {}

// What a file's bytes add up to: the server knows it again by this, and compares at the
// end. Browsers tell over HTTPS and on this machine only.
async function sum(file) {
  if (!crypto.subtle) return "";
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

class Sending {
  constructor(form, file, show) {
    this.form = form;
    this.file = file;
    this.show = show;
    this.address = "";
    this.offset = 0;
    this.part = Number(form.dataset.part);
    this.tries = 0;
    this.isStopped = false;
  }

  async ask(address, method, headers = {}, body = undefined) {
    this.call = new AbortController();
    const timer = setTimeout(() => this.call.abort(), PATIENCE);
    try {
      return await fetch(address, {
        method,
        body,
        redirect: "manual",
        signal: this.call.signal,
        headers: { ...TUS, ...headers, "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value },
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async begin() {
    // Its name may say what somebody is ill with: only the ending is sent.
    const ending = /\.[a-z0-9]{1,11}$/i.exec(this.file.name)?.[0] ?? "";
    this.sum ??= await sum(this.file);
    const said = { filename: `file${ending}`, sha256: this.sum, viewing: this.form.elements.viewing?.value ?? "" };
    const answer = await this.ask(this.form.dataset.uploads, "POST", {
      "Upload-Length": this.file.size,
      "Upload-Metadata": Object.entries(said).filter(([, value]) => value)
        .map(([key, value]) => `${key} ${base64(value)}`).join(","),
    });
    if ([400, 409, 413].includes(answer.status)) throw new Refused(await answer.text());
    if (await this.isTrouble(answer)) return;
    this.address = answer.headers.get("Location");
    this.moveTo(answer);
  }

  async step() {
    if (!this.address) return this.begin();
    // After trouble nobody knows what arrived: ask.
    const isUnsure = this.tries > 0;
    const part = this.file.slice(this.offset, this.offset + this.part);
    const answer = isUnsure
      ? await this.ask(this.address, "HEAD")
      : await this.ask(this.address, "PATCH", {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": this.offset,
      }, part);
    if (answer.status === 404 || answer.status === 410) {
      this.address = "";
      return this.again("");
    }
    if (answer.status === 409) return this.moveTo(answer);
    if (await this.isTrouble(answer)) return undefined;
    return this.moveTo(answer);
  }

  moveTo(answer) {
    this.offset = Number(answer.headers.get("Upload-Offset"));
    this.tries = 0;
    this.show.progress(this.offset, this.file.size);
  }

  async isTrouble(answer) {
    if (answer.ok) return false;
    if (answer.type === "opaqueredirect" || answer.status === 401) {
      const isBack = new Promise((again) => {
        document.dispatchEvent(new CustomEvent("mc:signed-out", { detail: { again } }));
      });
      await this.again("You are signed out. Sign in again, and your file goes on from where it stopped.", LONGEST_WAIT, isBack);
    } else if (answer.status === 429) {
      const seconds = Number(answer.headers.get("Retry-After")) || 60;
      await this.again(`That was very often. Your file goes on in ${seconds} seconds.`, seconds * 1000);
    } else if (answer.status >= 500) {
      await this.again("Our server does not answer just now. Your file waits where it stopped, and goes on by itself.");
    } else {
      throw new Refused("This file can't be added here any more. Load the page again, then choose it once more.");
    }
    return true;
  }

  // Waits, longer each time; coming back online, or the person, cuts it short.
  async again(words, wait = Math.min(FIRST_WAIT * 2 ** this.tries, LONGEST_WAIT), sooner = null) {
    this.tries += 1;
    if (words) this.show.pause(words, this.offset, this.file.size);
    await new Promise((go) => {
      const timer = setTimeout(go, wait);
      this.wake = () => {
        clearTimeout(timer);
        go();
      };
      window.addEventListener("online", this.wake, { once: true });
      sooner?.then(this.wake);
    });
    window.removeEventListener("online", this.wake);
    if (words && !this.isStopped) this.show.goOn();
  }

  async run() {
    while (!this.isStopped && (!this.address || this.offset < this.file.size)) {
      try {
        await this.step();
      } catch (error) {
        if (error instanceof Refused || this.isStopped) throw error;
        if (error.name === "NotReadableError" || error.name === "NotFoundError") {
          throw new Refused("This file can't be read any more. Choose it again.");
        }
        // Lost on the way, or too slow for a part of this size.
        this.part = Math.max(Math.floor(this.part / 2), SMALLEST);
        await this.again(
          navigator.onLine
            ? "The connection is slow or was lost. Your file waits where it stopped, and goes on by itself."
            : "You are offline. Your file waits where it stopped, and goes on by itself once you are online.",
        );
      }
    }
    return this.address.replace(/\/$/, "").split("/").pop();
  }

  stop() {
    this.isStopped = true;
    this.call?.abort();
    this.wake?.();
    if (this.address) this.ask(this.address, "DELETE").catch(() => {});
  }
}

function shown(form) {
  const box = form.querySelector("[data-upload]");
  const problem = form.querySelector("[data-upload-problem]");
  const find = (name) => box.querySelector(`[data-upload-${name}]`);
  let told = -1;
  const say = (words) => {
    find("spoken").textContent = words;
  };
  return {
    again: find("again"),
    stop: find("stop"),
    start() {
      problem.hidden = true;
      box.hidden = false;
      told = -1;
      this.goOn();
    },
    goOn() {
      find("pause").hidden = this.again.hidden = true;
    },
    progress(done, size) {
      const percent = Math.floor((done / size) * 100);
      find("bar").value = percent;
      find("words").textContent = `${percent}% has arrived: ${megabytes(done)} of ${megabytes(size)} MB`;
      // Readers hear of every quarter, not of every part.
      if (Math.floor(percent / 25) > told) {
        told = Math.floor(percent / 25);
        say(`${percent}% of your file has arrived`);
      }
    },
    pause(words, done, size) {
      if (done) this.progress(done, size);
      find("pause").textContent = words;
      find("pause").hidden = this.again.hidden = false;
      say(words);
    },
    end(words = "") {
      box.hidden = true;
      problem.hidden = !words;
      problem.querySelector("[data-upload-why]").textContent = words.trim();
    },
  };
}

function watch(form) {
  const input = form.elements.file;
  const show = shown(form);
  let sending = null;

  form.addEventListener("submit", async (event) => {
    const [file] = input.files;
    if (!file?.size || sending) {
      if (sending) event.preventDefault();
      return;
    }
    event.preventDefault();
    if (file.size > Number(form.dataset.most)) {
      restAll();
      show.end(form.dataset.tooLarge);
      input.focus();
      return;
    }
    sending = new Sending(form, file, show);
    show.start();
    show.progress(0, file.size);
    try {
      form.elements.upload.value = await sending.run();
      if (sending.isStopped) return;
      // Its file is there by now; the form follows with the words.
      input.disabled = true;
      form.submit();
    } catch (error) {
      const words = error instanceof Refused ? error.message : "";
      show.end(sending.isStopped ? "" : words || "This file could not be sent. Try again.");
      input.focus();
      restAll();
    } finally {
      sending = null;
    }
  });
  show.again.addEventListener("click", () => sending?.wake?.());
  show.stop.addEventListener("click", () => {
    sending?.stop();
    form.elements.upload.value = "";
    show.end();
    restAll();
    input.focus();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    input.disabled = false;
    show.end();
  });
}

export function uploads(root) {
  for (const form of root.querySelectorAll("form[data-uploads]")) watch(form);
}
