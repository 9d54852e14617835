// Runs before the first paint, so that a chosen theme does not flash in from the other one. Without a choice the system's counts.
"use strict";
(() => {
  const key = "dml-theme";
  const root = document.documentElement;
  const read = () => {
    try { return localStorage.getItem(key); } catch { return null; } // Storage may be forbidden; then the choice lasts as long as the page.
  };
  const chosen = read();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  window.dmlTheme = {
    isDark,
    toggle() {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { localStorage.setItem(key, root.dataset.theme); } catch { /* see above */ }
      document.dispatchEvent(new Event("themechange"));
    },
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new Event("themechange")));
})();
