// Goes through the door at once; without scripts one presses the button.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("form[data-go]")?.submit();
});
