// Passkeys: <… data-passkey="sign-in|prove|step-up|register" data-begin data-finish>.
// Hidden where the browser has none; codes and passwords work without any of this.
const CANCELLED = "The device didn't answer, or you stopped it. Try again, or use another way";

const known = () =>
  window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON !== undefined;

async function ask(url, token, body) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.problem || "This did not work. Load the page again");
  return found;
}

async function use(box) {
  const token = box.querySelector("[name=csrfmiddlewaretoken]").value;
  const options = await ask(box.dataset.begin, token, {});
  if (box.dataset.passkey === "register") {
    const name = box.querySelector("[name=name]").value;
    if (!name.trim()) throw new Error("Give the passkey a name");
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const made = await navigator.credentials.create({ publicKey });
    return ask(box.dataset.finish, token, { ...made.toJSON(), name });
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const given = await navigator.credentials.get({ publicKey });
  return ask(box.dataset.finish, token, given.toJSON());
}

function goOn(box, url) {
  if (box.dataset.passkey !== "step-up") return location.assign(url);
  // The form that asks for a code holds what was typed; it goes on without one.
  const form = document.getElementById("step-up");
  form.elements.step_up.value = "done";
  return form.submit();
}

export function passkeys(root) {
  const boxes = root.querySelectorAll("[data-passkey]");
  if (!boxes.length || !known()) return;
  for (const other of root.querySelectorAll("[data-with-passkeys]")) other.hidden = false;
  for (const other of root.querySelectorAll("[data-without-passkeys]")) other.hidden = true;
  for (const box of boxes) {
    box.hidden = false;
    const button = box.querySelector("button");
    const problem = box.querySelector("[role=alert]");
    const start = async (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-disabled") === "true") return;
      button.setAttribute("aria-disabled", "true");
      problem.hidden = true;
      try {
        goOn(box, (await use(box)).url);
      } catch (error) {
        const told = error instanceof DOMException ? CANCELLED : error.message;
        problem.textContent = told;
        problem.hidden = false;
      } finally {
        button.removeAttribute("aria-disabled");
      }
    };
    if (box.matches("form")) box.addEventListener("submit", start);
    else button.addEventListener("click", start);
  }
}
