// Runs before anything is drawn: what web/app/preferences.ts stored becomes attributes of the document, and which half of
// the client is coming (web/app/screens.ts) decides the shape that is painted and the files that are asked for now.
(() => {
  const root = document.documentElement;
  let stored = {};
  let first = "sign-in";
  try {
    if (localStorage.getItem("parley.was_signed_in") !== null) first = location.pathname.startsWith("/c/") ? "chat" : "list";
    stored = JSON.parse(localStorage.getItem("parley.preferences") ?? "{}");
  } catch {
    // Unreadable preferences are the same as none.
  }
  const language = stored.language ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => ["en", "de", "ar"].includes(tag)) ?? "en";
  root.lang = language;
  root.dir = language === "ar" ? "rtl" : "ltr";
  if (stored.theme === "light" || stored.theme === "dark") root.dataset.theme = stored.theme;
  if (stored.has_more_contrast === true) root.dataset.contrast = "more";
  if (typeof stored.text_scale === "number") root.style.setProperty("--text-scale", String(stored.text_scale));
  if (typeof stored.list_width === "number") root.style.setProperty("--start-list", `${stored.list_width}px`);
  root.dataset.start = first;
  // Written by the build (vite.config.ts); the client itself would ask for these only when its first file has run.
  const parts = JSON.parse(document.querySelector('meta[name="parley-parts"]')?.content ?? "{}");
  for (const href of [...(parts[first] ?? []), ...(parts[language] ?? [])]) {
    const link = document.createElement("link");
    link.rel = href.endsWith(".css") ? "preload" : "modulepreload";
    if (href.endsWith(".css")) link.as = "style";
    link.crossOrigin = "";
    link.href = href;
    document.head.append(link);
  }
})();
