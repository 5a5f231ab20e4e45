// "446 of 500 characters left" under a text area with a limit; spoken when typing pauses.
export function countCharacters(root) {
  for (const line of root.querySelectorAll("[data-count-for]")) {
    const field = document.getElementById(line.dataset.countFor);
    const limit = field?.maxLength ?? -1;
    if (limit < 0) continue;
    line.id = `${field.id}_count`;
    const spoken = line.cloneNode(false);
    spoken.removeAttribute("data-count-for");
    spoken.id = "";
    spoken.className = "visually-hidden";
    spoken.setAttribute("role", "status");
    line.after(spoken);
    line.setAttribute("aria-hidden", "true");
    let timer;
    const show = () => {
      line.textContent = `${limit - field.value.length} of ${limit} characters left`;
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (document.activeElement === field) spoken.textContent = line.textContent;
      }, 1000);
    };
    line.hidden = false;
    spoken.hidden = false;
    field.addEventListener("input", show);
    show();
  }
}
