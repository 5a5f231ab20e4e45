// The sample below the brand's colour follows what is typed or picked.
(function () {
  function follow(box) {
    const field = box.querySelector("input:not([type=color])");
    const picker = box.querySelector("input[type=color]");
    const sample = box.querySelector(".brand-input__sample");
    let waiting;
    function show() {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const address = `${box.dataset.brandPreview}?colour=${encodeURIComponent(field.value)}`;
        const answer = await fetch(address, { credentials: "same-origin" });
        if (answer.ok) sample.innerHTML = await answer.text();
      }, 150);
    }
    field.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value.toLowerCase();
      show();
    });
    picker.addEventListener("input", () => {
      field.value = picker.value;
      show();
    });
  }
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-brand-preview]").forEach(follow);
  });
})();
