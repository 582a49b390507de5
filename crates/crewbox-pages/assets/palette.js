// The palette: every action, view and person of the page, and leads that the server finds. Loaded after the first page.
import { $, $$, hasMark, part } from "./dom.js";
import { at, main, row } from "./list.js";

const MOST = 12;
const SEARCH_MS = 150;
let run = () => {};
let entries = [];
let search = 0;

const dialog = () => $("#palette");
const input = () => $("input", dialog());
const found = () => $("#found");

export function openPalette(then) {
  run = then;
  entries = $$("#help tr").filter((row) => row.dataset.verb || row.dataset.href || row.dataset.command);
  input().value = "";
  show();
  // Modal, the browser would look at every element of the page. The dialog covers all of it, and keeps the focus.
  dialog().show();
}

// Words in any order, each somewhere in the name.
function matches(name, words) {
  return words.every((word) => name.includes(word));
}

function show() {
  const words = input().value.toLowerCase().split(/\s+/).filter(Boolean);
  const isOpen = Boolean(at.id);
  const name = (entry) => $("th", entry).textContent;
  // What is so already is not offered: an archived conversation has no "Archive".
  const fitting = entries
    .filter((entry) => !isOpen || !entry.dataset.mark || !hasMark(row(at.id) ?? main(), entry.dataset.mark))
    .filter((entry) => entry.dataset.command !== "palette" && (isOpen || !entry.dataset.verb))
    .filter((entry) => (!entry.hidden || words.length) && matches(name(entry).toLowerCase(), words))
    .slice(0, MOST);
  const lead = at.id && row(at.id) && $("a", row(at.id)).textContent;
  const groups = [[lead || "This conversation", "verb"], ["Go to", "href"], ["Commands", "command"]];
  const shown = [];
  for (const [label, kind] of groups) {
    const these = fitting.filter((entry) => entry.dataset[kind]);
    if (these.length) shown.push(group(label), ...these.map((entry) => option(name(entry), entry.dataset.icon, entry.dataset.key, entry)));
  }
  found().replaceChildren(...shown);
  select(0);
  clearTimeout(search);
  const text = input().value.trim();
  if (text.length > 1) search = setTimeout(() => leads(text), SEARCH_MS);
}

function group(label) {
  const element = document.createElement("li");
  element.className = "group";
  element.role = "presentation";
  element.textContent = label;
  return element;
}

let count = 0;
function option(name, icon, keys, entry) {
  const element = document.createElement("li");
  element.className = "option";
  element.role = "option";
  element.id = `option-${++count}`;
  const svg = $("svg use", document.body).ownerSVGElement.cloneNode(true);
  $("use", svg).setAttribute("href", `#${icon || "right"}`);
  svg.setAttribute("class", "");
  const text = document.createElement("span");
  text.textContent = name;
  element.append(svg, text);
  if (keys) {
    const shown = document.createElement("span");
    shown.className = "keys";
    for (const key of keys.split(",")[0].split(" ")) {
      const kbd = document.createElement("kbd");
      kbd.textContent = key.replace("Mod", "Ctrl").toUpperCase();
      shown.append(kbd);
    }
    element.append(shown);
  }
  element.addEventListener("click", () => choose(entry));
  element.entry = entry;
  return element;
}

async function leads(text) {
  try {
    const parts = await part(`/parts/inbox/list?q=${encodeURIComponent(text.slice(0, 30))}`);
    if (input().value.trim() !== text) return;
    const rows = $$(".rows > .row", parts).slice(0, 6);
    if (!rows.length) return;
    const options = rows.map((row) => {
      const entry = document.createElement("tr");
      entry.dataset.href = $("a", row).getAttribute("href");
      return option(`${$("a", row).textContent} · ${$(".subject", row).textContent}`, "person", "", entry);
    });
    found().append(group("Leads"), ...options);
    if (!$('[aria-selected="true"]', found())) select(0);
  } catch {
    // The rest of the palette works without.
  }
}

const options = () => $$(".option", found());

function select(index) {
  const all = options();
  const now = all.at(index % (all.length || 1));
  for (const one of all) one.setAttribute("aria-selected", one === now);
  input().setAttribute("aria-activedescendant", now?.id ?? "");
  now?.scrollIntoView({ block: "nearest" });
}

function choose(entry) {
  dialog().close();
  run(entry);
}

input().addEventListener("input", show);
dialog().addEventListener("keydown", (event) => {
  const all = options();
  const now = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
  if (event.key === "Tab") event.preventDefault();
  else if (event.key === "Escape") {
    event.preventDefault();
    dialog().close();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    select(event.key === "ArrowDown" ? now + 1 : now - 1);
  } else if (event.key === "Enter" && all[now] && !event.isComposing) {
    event.preventDefault();
    choose(all[now].entry);
  }
});
dialog().addEventListener("click", (event) => event.target === dialog() && dialog().close());
