// Keys: every one comes from the table that the help shows, and none works in a field.
import { $, $$, hasMark, later, loaded, named, store } from "./dom.js";
import { closeOpen, openMenu } from "./menus.js";
import { at, back, go, main, move, open, row, showLead } from "./list.js";
import { find, perform, pick, pickAll, picked, submitted, undo, unpick } from "./actions.js";
import { composed, composer, insert, sender, write } from "./composer.js";
import { showNew } from "./live.js";

const SEQUENCE_MS = 900;
let first = "";
let timer = 0;

const FIELD = "input:not([type=checkbox]), textarea, select, [contenteditable]";

// The table stays as it is while the page is open, and so do the dialogs.
const entries = $$("#help tr[data-key]");
const dialogs = $$("dialog");

function found(keys) {
  const all = entries.filter((row) => row.dataset.key.split(",").includes(keys));
  // Two actions that undo each other share a key.
  const shown = row(at.id) ?? main();
  return all.find((row) => !row.dataset.mark || !hasMark(shown, row.dataset.mark)) ?? all[0];
}

let palette = null;
export async function loadPalette() {
  palette = await loaded(import("./palette.js"));
}

const COMMANDS = {
  next: () => move(1),
  previous: () => move(-1),
  enter: () => at.id && open(at.id, { focus: "inside", push: true }),
  back: () => escape() || back(),
  unfold: () => loaded(import("./unfold.js")).then(({ unfoldAll }) => unfoldAll(), later.offline),
  pick: () => pick(0),
  "pick-next": () => pick(1),
  "pick-previous": () => pick(-1),
  "pick-all": pickAll,
  undo: () => undo(),
  "show-new": showNew,
  search: () => $(".search input")?.focus(),
  lead: () => store.set("lead", document.documentElement.classList.toggle("no-lead")),
  palette: () => (palette ? palette.openPalette(run) : loadPalette().then(COMMANDS.palette, later.offline)),
  template: () => openVerb("template"),
  note: () => openVerb("note"),
  insert: (id) => insert(id),
  send: () => sendHere(),
  "send-archive": () => sendHere({ archive: true }),
  // Where the cursor goes after an action.
  "after-next": () => preferring(({ prefer }) => prefer("after", "next")),
  "after-previous": () => preferring(({ prefer }) => prefer("after", "previous")),
  "after-list": () => preferring(({ prefer }) => prefer("after", "list")),
  theme: () => preferring(({ switchTheme }) => switchTheme()),
  attach: () => composer() && sender(({ choose }) => choose(composer())),
  "send-later": () => composer() && sender(({ chooseTime }) => chooseTime(composer())),
  unpick,
  help: () => $("#help").showModal(),
};

// Sends what has the focus; a reply only from its composer, or from no field.
function sendHere(options) {
  const { activeElement } = document;
  const form = activeElement.matches(FIELD) && activeElement.form;
  if (form && form !== composer()) form.requestSubmit();
  else if (composer()) sender(({ sendReply }) => sendReply(composer(), options));
}

const preferring = (use) => loaded(import("./preferences.js")).then(use, later.offline);

function escape() {
  if (closeOpen()) return true;
  if (!picked().length) return false;
  const wasAsked = $(".banner").contains(document.activeElement);
  unpick();
  if (wasAsked) back();
  return true;
}

// Does what a row of the table says.
export function run(entry, options = {}) {
  const { command, verb, href, effect, value } = entry.dataset;
  if (command) return COMMANDS[command]?.(value);
  if (href) return go(href);
  if (effect === "opens" && value === undefined) return openVerb(verb);
  if (!at.id && verb === "take") return $(".empty .take")?.requestSubmit();
  const shown = row(at.id) ?? main();
  if (entry.dataset.mark && hasMark(shown, entry.dataset.mark) && !picked().length) return;
  perform(entry.dataset, value === undefined ? {} : { value }, options);
}

function revealLead() {
  document.documentElement.classList.remove("no-lead");
  store.set("lead", null);
  // In a narrow window it is above the conversation while the address names it.
  if (!$(".sheet > .lead").offsetWidth) location.hash = "lead";
}

function openVerb(verb) {
  if ($(`[data-as="${verb}"]`, main())) return write(verb);
  showLead();
  const menu = $(`[data-opens="${verb}"]`, main()) ?? $(`.sheet > .lead [data-opens="${verb}"]`);
  // The form may be in the lead, and the lead closed.
  if (menu) openMenu(menu, main().contains(menu) ? undefined : revealLead);
}

function pressed(event) {
  if (event.defaultPrevented || event.isComposing || event.key === "Process") return;
  const keys = named(event);
  if (!keys || dialogs.some((one) => one.open)) return;
  const inField = event.target.matches?.(FIELD);
  const hasMod = keys.includes("Mod+");
  if (inField && keys === "Escape") {
    event.preventDefault();
    if (closeOpen(event.target)) return;
    event.target.blur();
    return back();
  }
  // In a field these select, copy, paste and undo what is typed.
  if (inField && (!hasMod || /Mod\+[acvxyz]$/.test(keys))) return;
  // The member has turned shortcuts of single characters off.
  if (document.body.dataset.keys === "off" && event.key.length === 1 && !hasMod) return;
  const menu = event.target.closest?.(".choices");
  if (menu && keys.startsWith("Arrow")) {
    event.preventDefault();
    const choices = $$(".choice", menu).filter((choice) => choice.checkVisibility());
    const next = choices.indexOf(event.target) + (keys === "ArrowDown" ? 1 : -1);
    return choices.at(next % choices.length)?.focus();
  }
  // Enter presses the button or follows the link that has the focus.
  if (keys === "Enter" && event.target.closest?.("button, summary, a, input")) return;
  clearTimeout(timer);
  const sequence = first ? `${first} ${keys}` : keys;
  first = "";
  if (/^[1-9]$/.test(sequence)) {
    const choice = $(`[data-key="${sequence}"]`, main());
    if (choice) {
      event.preventDefault();
      submitted(choice.form, choice, false);
    }
    return;
  }
  const entry = found(sequence) ?? found(keys);
  if (entry) {
    // What is no movement happens once, however long its key is held.
    if (event.repeat && !["next", "previous", "pick-next", "pick-previous"].includes(entry.dataset.command)) return;
    event.preventDefault();
    return run(entry);
  }
  if (entries.some((row) => `,${row.dataset.key}`.includes(`,${keys} `))) {
    first = keys;
    timer = setTimeout(() => (first = ""), SEQUENCE_MS);
  }
}

export function startKeys() {
  addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-command]:not(tr)");
    if (button) {
      event.preventDefault();
      COMMANDS[button.dataset.command]?.();
    }
    const onPicked = event.target.closest("[data-picked]");
    if (onPicked) perform({ ...find(onPicked.dataset.picked) }, {}, { byMouse: true });
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("main form[data-verb]")) return;
    event.preventDefault();
    const { verb } = form.dataset;
    const button = event.submitter;
    if (verb === "reply") composed(form, button);
    else if (verb === "note") sender(({ addNote }) => addNote(form));
    else submitted(form, button, true);
  });
  if (store.get("lead")) document.documentElement.classList.add("no-lead");
  // Other pages lead here for the palette.
  if (location.hash === "#palette") {
    history.replaceState(history.state, "", location.pathname + location.search);
    COMMANDS.palette();
  }
}
