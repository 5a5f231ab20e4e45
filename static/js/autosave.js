// A form with data-autosave="<url>" is posted there 2 seconds after typing stops; the
// element named by data-autosave-status says when it was saved, or that it was not.
const PAUSE = 2000;

function clock() {
  return new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

export function autosave(root) {
  const forms = [...root.querySelectorAll("form[data-autosave]")];
  if (root.matches?.("form[data-autosave]")) forms.push(root);
  for (const form of forms) {
    const status = document.getElementById(form.dataset.autosaveStatus);
    let timer;
    let savedAt = "";
    const say = (words) => {
      if (status) status.textContent = words;
    };
    const save = async () => {
      try {
        const body = new FormData(form);
        // A file goes once, with the button.
        for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
        const answer = await fetch(form.dataset.autosave, {
          method: "POST",
          body,
          headers: { "X-Requested-With": "autosave" },
        });
        if (answer.status === 401) document.dispatchEvent(new CustomEvent("mc:signed-out"));
        if (!answer.ok) throw new Error(String(answer.status));
        savedAt = clock();
        say(`Saved at ${savedAt}`);
      } catch {
        say(savedAt ? `Not saved since ${savedAt}. We will try again.` : "Not saved yet. We will try again.");
        timer = setTimeout(save, PAUSE * 5);
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(save, PAUSE);
    });
    form.addEventListener("submit", () => clearTimeout(timer));
  }
}
