// Runs before anything is drawn: what web/app/preferences.ts stored becomes attributes of the document.
(() => {
  const root = document.documentElement;
  let stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("parley.preferences") ?? "{}");
  } catch {
    // Unreadable preferences are the same as none.
  }
  const language = stored.language ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => ["en", "de", "ar"].includes(tag));
  root.lang = language ?? "en";
  root.dir = language === "ar" ? "rtl" : "ltr";
  if (stored.theme === "light" || stored.theme === "dark") root.dataset.theme = stored.theme;
  if (stored.has_more_contrast === true) root.dataset.contrast = "more";
  if (typeof stored.text_scale === "number") root.style.setProperty("--text-scale", String(stored.text_scale));
})();
