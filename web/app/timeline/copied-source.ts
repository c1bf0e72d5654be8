const BLOCKS = new Set(["BLOCKQUOTE", "LI", "PRE", "UL"]);

/** The text of a selection as it was written: markup that is drawn comes back as its marks. */
export function sourceOf(node: Node): string {
  let out = "";
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      out += child.nodeValue ?? "";
      continue;
    }
    if (!(child instanceof HTMLElement)) continue;
    if (child.dataset.uncopied !== undefined || child.getAttribute("aria-hidden") === "true") continue;
    const { sourceOpen = "", sourceClose = "", sourceLine } = child.dataset;
    let inner = sourceOpen + sourceOf(child) + sourceClose;
    if (sourceLine !== undefined)
      inner = inner
        .split("\n")
        .map((line) => sourceLine + line)
        .join("\n");
    if (!BLOCKS.has(child.tagName)) out += inner;
    else out += (out === "" || out.endsWith("\n") ? "" : "\n") + inner + (isLast(child) ? "" : "\n");
  }
  return out;
}

const isLast = (element: HTMLElement): boolean => {
  const next = element.nextSibling;
  return next === null || (next instanceof HTMLElement && next.dataset.uncopied !== undefined);
};

/**
 * Puts the source of the selected words of one message on the clipboard. Selections over several messages keep what the
 * browser makes of them.
 */
export function copySource(data: DataTransfer): boolean {
  const selection = getSelection();
  if (selection === null || selection.rangeCount === 0 || selection.isCollapsed) return false;
  const range = selection.getRangeAt(0);
  const common = range.commonAncestorContainer;
  const element = common instanceof HTMLElement ? common : common.parentElement;
  if (element === null || element.closest(".bubble-text") === null) return false;
  data.setData("text/plain", sourceOf(range.cloneContents()));
  return true;
}
