// Conversations that are likely to be shown next, laid out before they are: to show one, the browser has to paint it and no
// more. They are in the page behind the one that is shown, and can neither be seen nor read aloud nor reached by a key. Loaded
// after the first page.
import { $, later, tags } from "./dom.js";
import { at, hasTyped, isNarrow, kept, main, row, scrollThread, shownBefore, whenIdle } from "./list.js";

// Without this the browser would lay them out again when they are shown.
const canHide = CSS.supports("content-visibility", "hidden");

// Those of the rows below and above the cursor, and the one that an undo brings back; none in which something is written.
function likely() {
  const now = row(at.id);
  if (!canHide || !now || isNarrow() || main().dataset.id !== at.id) return [];
  const near = [now.nextElementSibling, now.previousElementSibling];
  const isNear = (parts) => [now, ...near].some((other) => other?.dataset.id === parts.main.dataset.id);
  const before = shownBefore();
  const [below, above] = near.map((other) => kept(other?.dataset.id));
  return [below, before && !isNear(before) && before, above].filter((parts) => parts && !hasTyped(parts.main));
}

// One at a time: a key waits for no more than one.
let isWaiting = false;
function layOut() {
  if (isWaiting) return;
  isWaiting = true;
  whenIdle(() => {
    isWaiting = false;
    const all = likely();
    for (const one of tags("main")) if (one.ariaHidden && !all.some((parts) => parts.main === one)) one.remove();
    const next = all.find((parts) => !parts.main.isConnected);
    if (!next) return;
    // It is laid out before it is hidden: of what is hidden the browser does nothing ahead.
    next.main.ariaHidden = null;
    $(".sheet").append(next.main);
    scrollThread(next.top, next.main);
    next.main.ariaHidden = "true";
    layOut();
  });
}

export function start() {
  const { opened } = later;
  later.opened = (id) => {
    opened(id);
    layOut();
  };
  later.ahead = layOut;
  layOut();
}
