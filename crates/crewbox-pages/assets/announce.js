// What the page says: one polite region for screen readers, the toast, and the line over the list.
import { $ } from "./dom.js";

const waiting = [];
let timer = 0;

// Sentences come one a second: more of them cannot be listened to.
const EACH_MS = 1000;
const MOST_WAITING = 3;

export function say(text) {
  if (waiting.at(-1) === text) return;
  waiting.push(text);
  if (waiting.length > MOST_WAITING) waiting.shift();
  if (!timer) next();
}

function next() {
  const text = waiting.shift();
  $("#announced").textContent = text ?? "";
  timer = text === undefined ? 0 : setTimeout(next, EACH_MS);
}

let hiding = 0;
let undoing = null;
const TOAST_MS = 10_000;

// Shows a sentence for ten seconds or as long as it can be undone, with Undo where it can.
export function toast(text, undo = null, ms = TOAST_MS) {
  const toast = $("#toast");
  $("span", toast).textContent = text;
  $("button", toast).hidden = !undo;
  undoing = undo;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(hideToast, ms);
  say(text);
}

export function hideToast() {
  $("#toast").hidden = true;
  undoing = null;
}

export function startToast() {
  $("#toast button").addEventListener("click", () => {
    const undo = undoing;
    hideToast();
    undo?.();
  });
}

// The line over the list: no connection, new rows, an update. The most important one is shown.
const lines = new Map();
const ORDER = ["signed-out", "offline", "bulk", "updated", "new"];
// These count: only their first sentence is read out.
const COUNTING = ["offline", "bulk"];

export function line(name, text, button = "", press = null) {
  if (!text && !lines.has(name)) return;
  const before = lines.get(name)?.text;
  if (text) lines.set(name, { text, button, press });
  else lines.delete(name);
  showLine();
  if (text && (!before || !COUNTING.includes(name))) say(text);
}

export function showLine() {
  const banner = $(".banner");
  if (!banner) return;
  const list = $(".rows");
  const before = list?.getBoundingClientRect().top;
  fill(banner);
  // A list that is scrolled down stays where it is on the screen: the line covers rows, and moves none.
  if (list?.scrollTop > 1) list.scrollTop += list.getBoundingClientRect().top - before;
}

function fill(banner) {
  const name = ORDER.find((name) => lines.has(name));
  banner.hidden = !name;
  if (!name) return banner.replaceChildren();
  const { text, button } = lines.get(name);
  // What has the focus stays.
  if (banner.dataset.name === name + button && banner.firstChild) {
    banner.firstChild.textContent = text;
    return;
  }
  banner.dataset.name = name + button;
  const words = document.createElement("span");
  words.textContent = text;
  banner.replaceChildren(words);
  if (button) {
    const element = document.createElement("button");
    element.type = "button";
    element.className = "button framed push";
    element.textContent = button;
    element.addEventListener("click", () => lines.get(name)?.press());
    banner.append(element);
  }
}
