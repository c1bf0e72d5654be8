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

/** The part of a message's text that is selected. */
function selectedIn(text: Element, range: Range): string {
  const part = document.createRange();
  part.selectNodeContents(text);
  if (part.comparePoint(range.startContainer, range.startOffset) === 0)
    part.setStart(range.startContainer, range.startOffset);
  if (part.comparePoint(range.endContainer, range.endOffset) === 0) part.setEnd(range.endContainer, range.endOffset);
  return sourceOf(part.cloneContents());
}

/**
 * Puts the source of the selected words on the clipboard: of one message, or of several, a line or more each. Whatever
 * stands between and around them (times, names, buttons) was not what somebody wanted to take along.
 */
export function copySource(timeline: Element, data: DataTransfer): boolean {
  const selection = getSelection();
  if (selection === null || selection.rangeCount === 0 || selection.isCollapsed) return false;
  const range = selection.getRangeAt(0);
  const texts = [...timeline.querySelectorAll(".bubble-text")].filter((text) => range.intersectsNode(text));
  if (texts.length === 0) return false;
  const copied = texts.map((text) => selectedIn(text, range)).filter((text) => text !== "");
  data.setData("text/plain", copied.join("\n"));
  return true;
}
