// Light or dark: the saved choice, else the system's. base.html sets it before paint.
const root = document.documentElement;

function isDark() {
  return root.dataset.bsTheme === "dark";
}

function label() {
  for (const text of document.querySelectorAll("[data-theme-label]")) {
    text.textContent = isDark() ? "Light mode" : "Dark mode";
  }
}

function saved() {
  try {
    return localStorage.getItem("mc-theme");
  } catch {
    return null;
  }
}

function show(theme) {
  root.dataset.bsTheme = theme;
  label();
  document.dispatchEvent(new CustomEvent("mc:theme", { detail: { theme } }));
}

export function themeSwitch() {
  label();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const theme = isDark() ? "light" : "dark";
    show(theme);
    try {
      localStorage.setItem("mc-theme", theme);
    } catch {
      // Private windows may refuse; the choice then lasts for this page.
    }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!saved()) show(event.matches ? "dark" : "light");
  });
}
