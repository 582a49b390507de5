// Actions: done on the page in the same frame, by the effect that the table of actions declares, then sent. What the server
// refuses is undone on the page, with its words.
import { $, $$, hasMark, later, loaded, setMarks, store } from "./dom.js";
import { closeMenu, focused } from "./menus.js";
import { at, close, forget, isNarrow, keep, loadAhead, main, open, pathOf, place, reveal, row, rows, scroller, staying } from "./list.js";
import { send, takeBack } from "./queue.js";
import { line, toast } from "./announce.js";

// What can be undone, the newest last. `z` takes one after the other back.
const done = [];
const MOST_UNDO = 20;
// The first actions by mouse show their key in the toast.
const HINTS = 3;

const section = () => $(".sheet > section");
const leavesWith = (mark) => mark && section().dataset.leaving.split(" ").includes(mark);
const pickedBoxes = () => $$(".pick:checked", section());
export const picked = () => pickedBoxes().map((pick) => pick.closest(".row").dataset.id);

// The row of the table of actions; of two with the same key, the one that changes something.
export function find(verb) {
  return $(`#help tr[data-verb="${verb}"]`)?.dataset;
}

export function total(by) {
  const dataset = section().dataset;
  dataset.total = Math.max(0, Number(dataset.total) + by);
  $("h1 .count", section()).firstChild.nodeValue = dataset.total;
  const range = $(".foot .count");
  const first = Number(range.dataset.first);
  const shown = staying().length;
  range.textContent = shown ? `${first}–${first + shown - 1} of ${dataset.total}` : "0 of 0";
}

// Buttons whose mark the conversation has already are hidden.
export function fitButtons(shown = main()) {
  for (const form of $$("header form[data-mark]", shown)) {
    if (form.dataset.mark) form.hidden = hasMark(shown, form.dataset.mark);
  }
  for (const choice of $$("header .choice[data-mark]", shown)) {
    choice.setAttribute("aria-pressed", hasMark(shown, choice.dataset.mark));
  }
}

function setMarksOf(item, marks) {
  const shown = main().dataset.id === item.id ? main() : item.parts?.main;
  setMarks(item.row, marks);
  setMarks(shown, marks);
  if (shown) fitButtons(shown);
}

function look(item, category) {
  if (!item.row) return;
  const old = $(".category", item.row);
  item.category ??= old;
  if (category) old ? old.replaceWith(category.cloneNode(true)) : $(".subject", item.row).after(category.cloneNode(true));
  else old?.remove();
}

// Does an action: to the row `only` or the conversation `alone`, else to the selected rows, else to the conversation under the
// cursor. `quiet` ones are no one's wish: reading is one.
export function perform(action, fields = {}, { only, alone = only, quiet = false, byMouse = false, category } = {}) {
  if (!quiet && !alone && isAll) {
    // To all that match, once the person has seen how many they are.
    loaded(import("./bulk.js")).then(({ preview }) => preview(action, fields, category), later.offline);
    return;
  }
  const chosen = quiet || alone ? [] : picked();
  const ids = chosen.length ? chosen : [alone ?? at.id ?? main().dataset.id].filter(Boolean);
  // Where the list is all that is shown, it stays.
  const stays = only && isNarrow();
  if (!ids.length) return;
  const { verb, mark } = action;
  const leaves = leavesWith(mark);
  const all = rows();
  const last = all.findLastIndex((row) => ids.includes(row.dataset.id));
  const rest = (row) => !ids.includes(row.dataset.id) && !row.matches(".gone");
  const { after } = document.body.dataset;
  const older = all.slice(last + 1).find(rest);
  const newer = all.slice(0, Math.max(last, 0)).findLast(rest);
  const next = after === "previous" ? newer ?? older : older ?? newer;
  const isOver = !quiet && ids.includes(at.id) && (action.effect === "leaves" || Boolean(leaves && row(at.id)));
  const opensNext = isOver && next && after !== "list" && !stays;
  // A browser lays the page out where the element with the focus is removed. Unless the next conversation gets the focus, it
  // goes before anything has changed: to the row that it will be on.
  const had = focused();
  const wasInside = ids.includes(at.id) && main().contains(had);
  const isOnRow = ids.includes(had?.closest(".rows > .row")?.dataset.id);
  if (leaves && !quiet && ids.some(row) && (wasInside || (isOnRow && (!opensNext || isNarrow())))) {
    const to = ids.includes(at.id) ? next : row(at.id) ?? next;
    to && !wasInside && !isNarrow() ? $("a", to).focus({ preventScroll: true }) : document.activeElement.blur();
  }
  const items = ids.map((id) => {
    const from = row(id);
    const before = (from ?? main()).dataset.marks ?? "";
    let previous = from?.previousElementSibling;
    while (previous?.hidden) previous = previous.previousElementSibling;
    const item = { id, row: from, before, next: from?.nextElementSibling, previous };
    const subject = from ? $(".subject", from) : $("h1", main());
    item.subject = subject?.textContent ?? "";
    if (mark) setMarksOf(item, [mark]);
    if (verb === "category") look(item, category);
    item.leaves = Boolean(leaves && from);
    if (item.leaves && quiet) from.classList.add("gone", "quiet");
    else if (item.leaves) from.hidden = true;
    return item;
  });
  if (!quiet && !alone) unpick();
  const left = items.filter((item) => item.leaves);
  if (left.length) total(-left.length);
  const entry = { ...place(), label: action.done, items, stays };
  // Before the next conversation opens, which lays out the page: so that is done once.
  if (!quiet) toast(sentence(entry) + hint(action, byMouse), () => undo(entry));
  if (opensNext) open(next.dataset.id, { focus: wasInside || isNarrow() ? "inside" : "row" });
  else if (isOver && (left.length || next)) close(stays ? null : next);
  // Not before, with the focus in one of them.
  for (const { row } of quiet ? [] : left) {
    row.remove();
    row.hidden = false;
  }
  if (left.length && !quiet) fillUp();
  for (const item of items) {
    // Undo shows it again without waiting for the server.
    item.parts = forget(item.id);
    item.key = send({ id: item.id, path: pathOf(item.id).replace(/(\?|$)/, `/${verb}$1`), fields, quiet }, {
      done: () => later.refresh?.(),
      refused: (error) => (quiet ? putBack(item, entry) : refuse(entry, item, error)),
    });
  }
  if (!quiet) remembered(entry);
}

export function remembered(entry) {
  done.push(entry);
  if (done.length > MOST_UNDO) done.shift();
}

function sentence({ label, items }) {
  return items.length === 1 ? `${label} “${items[0].subject}”` : `${label} ${items.length} conversations`;
}

function hint(action, byMouse) {
  const shown = store.get("hints") ?? 0;
  if (!byMouse || !action.key || shown >= HINTS) return "";
  store.set("hints", shown + 1);
  return ` · key ${action.key.split(",")[0].replace("Mod", "Ctrl").toUpperCase()}`;
}

// A list that becomes short is filled from the next page.
function fillUp() {
  if (rows().length < 10) later.refresh?.();
}

function putBack(item, entry) {
  // The list may have been opened again since, with a row of its own.
  if (item.row) item.row = row(item.id) ?? item.row;
  if (item.parts && main().dataset.id !== item.id) keep(item.id, item.parts);
  setMarksOf(item, item.before.split(" "));
  if (item.category !== undefined) look(item, item.category);
  if (!item.row || entry.view !== place().view || entry.query !== place().query) return;
  item.row.classList.remove("gone", "quiet");
  const list = scroller();
  if (item.row.isConnected || !list) return;
  if (item.next?.parentNode === list) item.next.before(item.row);
  else if (item.previous?.parentNode === list) item.previous.after(item.row);
  else list.append(item.row);
  if (item.leaves) total(1);
}

function refuse(entry, item, error) {
  putBack(item, entry);
  const place = done.indexOf(entry);
  if (place >= 0) done.splice(place, 1);
  if (item.row?.isConnected && !entry.stays) open(item.id);
  if (at.id === item.id) later.changedHere?.();
  toast(error.message);
  later.refresh?.();
}

export function undo(entry = done.at(-1)) {
  if (!entry) return toast("There is nothing to undo");
  const place = done.indexOf(entry);
  if (place >= 0) done.splice(place, 1);
  if (entry.takeBack) return entry.takeBack();
  let left = entry.items.length;
  for (const item of [...entry.items].reverse()) {
    const after = (item.row ?? main()).dataset.marks;
    putBack(item, entry);
    takeBack(item.key, item.id, {
      done: () => {
        forget(item.id);
        later.refresh?.();
        if (at.id === item.id) later.changedHere?.();
      },
      refused: (error) => {
        // Somebody has changed it since: it stays as they left it, until the cursor moves on.
        if (item.row) item.row.dataset.marks = after;
        if (item.leaves) item.row.classList.add("gone");
        left -= 1;
        toast(error.message + (left ? `; ${left} more ${left === 1 ? "is" : "are"} as before` : ""));
        later.refresh?.();
        if (at.id === item.id) later.changedHere?.();
      },
    });
  }
  toast(`Undone: ${sentence(entry)}`);
  const first = entry.items[0];
  const isListed = first.row?.isConnected;
  if (entry.stays) isListed && reveal(first.row);
  else if (isListed || !first.row) open(first.id, { read: false });
}

// Whether all that match are selected, and not only rows of the page.
let isAll = false;
// The row from which Shift-click extends the selection.
let anchor = null;

export function unpick() {
  // Nobody has agreed to what was asked.
  if (isAll) line("bulk", "");
  const boxes = pickedBoxes();
  if (!isAll && !boxes.length && !section().matches(".picking")) return;
  isAll = false;
  for (const box of boxes) box.checked = false;
  showPicked();
}

// The head of the list while rows are selected.
export function showPicked() {
  if (isAll) for (const box of $$(".rows .pick")) box.checked = true;
  const ids = picked();
  const total = Number(section().dataset.total);
  if (!ids.length) isAll = false;
  section().classList.toggle("picking", ids.length > 0);
  $(".picked-count", section()).textContent = isAll ? `All ${total} selected` : ids.length ? `${ids.length} selected` : "";
  const all = $(".pick-all", section());
  all.textContent = `All ${total}`;
  all.hidden = isAll || ids.length >= total;
}

export function pick(by) {
  const now = row(at.id);
  if (!now) return;
  if (!by) $(".pick", now).checked = !$(".pick", now).checked;
  else {
    $(".pick", now).checked = true;
    const all = rows();
    const next = all[all.indexOf(now) + by];
    if (next) {
      $(".pick", next).checked = true;
      open(next.dataset.id);
    }
  }
  showPicked();
}

// All that match, not those of the page.
export function pickAll() {
  const boxes = $$(".rows .pick");
  for (const box of boxes) box.checked = true;
  isAll = Number(section().dataset.total) > boxes.length;
  showPicked();
}

// A click selects a row; with Shift all rows from the one before.
function clicked(event) {
  const now = event.target.closest?.(".rows > .row");
  if (!now || !(event.shiftKey || event.target.matches(".pick"))) return;
  const all = rows();
  const from = all.indexOf(anchor ?? row(at.id));
  if (event.shiftKey && from >= 0) {
    if (!event.target.matches(".pick")) event.preventDefault();
    const to = all.indexOf(now);
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) $(".pick", one).checked = true;
    getSelection().removeAllRanges();
  }
  anchor = now;
}

// A button of the conversation's head, or a choice of one of its menus.
export function submitted(form, button, byMouse) {
  const { verb } = form.dataset;
  const table = find(verb);
  const mark = button?.dataset.mark ?? form.dataset.mark ?? "";
  const effect = button?.dataset.effect ?? form.dataset.effect ?? (table.effect === "opens" ? "sets" : table.effect);
  const fields = button?.name ? { [button.name]: button.value } : {};
  const action = { ...table, verb, mark, effect };
  perform(action, fields, { byMouse, category: button && $(".category", button) });
  // The focus returns only where the next conversation has not got it.
  const menu = form.closest("details.menu");
  if (menu) closeMenu(menu);
}

export function startActions() {
  later.read = (id) => perform({ verb: "read", mark: "unread:no", effect: "sets" }, {}, { quiet: true });
  // The pages of a list have one selection.
  const listed = () => pathOf(null).replace(/[?&]page=\d+/, "");
  let before = listed();
  later.listed = () => {
    if (listed() !== before) unpick();
    before = listed();
    loadAhead();
    showPicked();
  };
  document.addEventListener("change", (event) => {
    if (!event.target.matches(".pick")) return;
    isAll = false;
    showPicked();
  });
  document.addEventListener("click", (event) => {
    clicked(event);
    if (event.shiftKey) showPicked();
  }, true);
}
