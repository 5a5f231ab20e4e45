// A sticky bar on phones, only while the button it repeats is off screen.
// <div class="mc-actionbar" data-show-when-hidden="#continue" hidden>
export function stickyBars(root) {
  for (const bar of root.querySelectorAll("[data-show-when-hidden]")) {
    const button = document.querySelector(bar.dataset.showWhenHidden);
    if (!button) continue;
    new IntersectionObserver(([entry]) => {
      bar.hidden = entry.isIntersecting || entry.boundingClientRect.top > 0;
    }).observe(button);
  }
}
