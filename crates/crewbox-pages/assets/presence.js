// Who else is in a conversation: reports the one that this page looks at, and shows what the stream reports of others. A
// conversation that is only passed, and a tab in the background, are not reported. Loaded after the first page.
import { $, later, post } from "./dom.js";
import { say } from "./announce.js";
import { at, main, rows } from "./list.js";

const REST_MS = 1000;
const HEARTBEAT_MS = 25_000;
const HIDDEN_MS = 5000;
const WRITING_MS = 3000;

let reported = null;
let timer = 0;
let wrote = -WRITING_MS;

// Failures are left alone: the next heartbeat says the same.
function report(open, writing = "") {
  clearTimeout(timer);
  const left = reported === open ? null : reported;
  if (open) timer = setTimeout(() => report(at.id), HEARTBEAT_MS);
  if (!open && !left) return;
  reported = open;
  post("/parts/presence", { open: open ?? "", left: left ?? "", writing }).catch(() => {});
}

function soon() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(() => report(at.id), REST_MS);
}

// "Bo is replying", "Ana and Bo are reading".
function sentence({ reading = [], writing = [] } = {}) {
  const names = writing.length ? writing : reading;
  if (!names.length) return "";
  const shown = names.length > 2 ? [names[0], `${names.length - 1} others`] : names;
  return `${shown.join(" and ")} ${names.length > 1 ? "are" : "is"} ${writing.length ? "replying" : "reading"}`;
}

// Rows that were put into the page since have the server's words again.
function show() {
  const present = later.present ?? {};
  for (const row of rows()) {
    const words = sentence(present[row.dataset.id]);
    const shown = $(".reading", row);
    if (!words) shown?.remove();
    else if (shown) shown.textContent = words;
    else {
      const element = document.createElement("span");
      element.className = "reading";
      element.textContent = words;
      $(".first", row).before(element);
    }
  }
  const line = $(".presence", main());
  const words = sentence(present[main().dataset.id]);
  if (!line || line.textContent === words) return;
  line.textContent = words;
  line.hidden = !words;
  if (words) say(words);
}

export function start() {
  const { leaving, opened } = later;
  later.leaving = () => {
    leaving();
    soon();
  };
  later.opened = (id) => {
    opened(id);
    show();
    soon();
  };
  later.showPresence = show;
  document.addEventListener("input", (event) => {
    if (!event.target.closest('form[data-verb="reply"]') || performance.now() - wrote < WRITING_MS) return;
    wrote = performance.now();
    report(at.id, "1");
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => report(null), HIDDEN_MS);
    else soon();
  });
  addEventListener("pagehide", () => {
    if (!reported) return;
    const { token } = document.body.dataset;
    navigator.sendBeacon("/parts/presence", new URLSearchParams({ left: reported, token }));
    reported = null;
  });
  addEventListener("pageshow", soon);
  show();
  soon();
}
