// What happens elsewhere: one stream for all tabs of the browser, and what it reports is fetched as parts and put into the
// page without moving anything that a person looks at or works on.
import { $, $$, Offline, later, loaded, part } from "./dom.js";
import { PAGE, at, doubt, forget, loadAhead, main, partOf, place, row, rows, scroller, staying } from "./list.js";
import { showPicked, total } from "./actions.js";
import { sender } from "./composer.js";
import { isBusy, isPending, resume, startQueue, waiting } from "./queue.js";
import { line, say, toast } from "./announce.js";

// No row moves for so long after a key was pressed.
const QUIET_MS = 1000;
const MOST_ROWS = 200;

let lastKey = -QUIET_MS;
let isPressed = false;
// Why rows left the list.
const reasons = new Map();

// -- Morphing: everything that a person controls stays as it is.
const CONTROLLED = ["open", "value", "checked", "hidden"];
let library = null;
let merging = null;
export async function loadMorph() {
  if (library) return;
  const [file, merge] = await loaded(Promise.all([import("./vendor/idiomorph.js"), import("./merge.js")]));
  merging = merge;
  library = file.Idiomorph;
}
export function morph(old, now) {
  if (old.isEqualNode(now)) return;
  library.morph(old, now, {
    callbacks: {
      beforeAttributeUpdated: (name) => !CONTROLLED.includes(name) && name !== "aria-current",
      beforeNodeMorphed: (node) => node !== document.activeElement || !node.matches?.("input, textarea"),
    },
  });
}

// -- The list.
let fetching = false;
let isStale = false;
export async function refresh() {
  if (fetching) {
    isStale = true;
    return;
  }
  fetching = true;
  isStale = false;
  const started = performance.now();
  const { view, query } = place();
  try {
    const parts = await part(partOf("list", `rows=${Math.min(MOST_ROWS, Math.max(PAGE, rows().length + 5))}`));
    await loadMorph();
    online();
    if (view !== place().view || query !== place().query) return;
    fill(parts, started);
    numbers(parts, started);
    whenQuiet(() => merge(parts, started, view + query));
  } catch (error) {
    if (error instanceof Offline) offline();
    else if (error.status === 401) offline(error);
  } finally {
    fetching = false;
    if (isStale) setTimeout(refresh, 200);
  }
}

// Numbers are exact at once, whatever the rows wait for.
function numbers(parts, started) {
  const section = $("section", parts);
  document.title = section.dataset.title;
  const views = $$(".view", $("nav", parts));
  const shown = $$("nav.side .view");
  if (views.length === shown.length) views.forEach((view, at) => morph(shown[at], view));
  else $("nav.side .views").replaceWith($(".views", parts));
  const head = $(".sheet > section");
  head.dataset.leaving = section.dataset.leaving;
  // What was done meanwhile is counted by the page already; a list that knows of it follows.
  if (!isBusy(started)) head.dataset.total = section.dataset.total;
  total(0);
}

let quiet = 0;
function whenQuiet(run) {
  clearTimeout(quiet);
  const left = lastKey + QUIET_MS - performance.now();
  if (isPressed || left > 0) quiet = setTimeout(() => whenQuiet(run), Math.max(left, 50));
  else run();
}

// Rows below the last one of a short page move nothing: they need not wait.
function fill(parts, started) {
  const fresh = $$(".rows > .row", parts);
  const below = fresh.filter((now) => !row(now.dataset.id) && !isPending(now.dataset.id, started) && isBelow(now, fresh));
  const missing = below.slice(0, Math.max(0, PAGE - staying().length));
  scroller()?.append(...missing.map((now) => now.cloneNode(true)));
  loadAhead();
}

// Rows that wait because the list is scrolled down.
let held = [];

function merge(parts, started, from) {
  if (from !== place().view + place().query) return;
  const next = $(".rows", parts);
  const list = scroller();
  const cursorTop = at.id && row(at.id)?.getBoundingClientRect().top;
  showFailed(parts);
  // A link that is replaced between press and release loses the click.
  const [pages, nextPages] = [$(".pages"), $(".pages", parts)];
  if (!pages.contains(document.activeElement) && !pages.isEqualNode(nextPages)) pages.replaceWith(nextPages);
  if (!list || !next) return replaceAll(parts);
  const fresh = $$(":scope > .row", next);
  const known = new Map(fresh.map((row) => [row.dataset.id, row]));
  const cursor = at.id && row(at.id);
  const offset = cursorTop;
  const isAtTop = list.scrollTop <= 1;
  for (const old of rows()) {
    const id = old.dataset.id;
    if (isPending(id, started)) continue;
    const now = known.get(id);
    if (now) {
      old.classList.remove("gone", "quiet");
      $(".reason", old)?.remove();
      morph(old, now.cloneNode(true));
    } else if (id === at.id) goneFrom(old, reasons.get(id));
    else old.remove();
  }
  held = [];
  // Rows of which this list knows nothing keep their place: one with which something is on its way, or that is gone.
  const above = (row) => {
    do row = row.previousElementSibling;
    while (row && !known.has(row.dataset.id));
    return row;
  };
  let before = null;
  for (const now of fresh) {
    const id = now.dataset.id;
    const old = row(id);
    if (old) {
      // A row that moves up waits like a new one; the one under the cursor stays where it is.
      const previous = above(old);
      if (old !== cursor && isAtTop && previous !== before && !(previous && previous === cursor && above(cursor) === before)) {
        before ? before.after(old) : list.prepend(old);
      }
      before = old;
    } else if (!isPending(id, started) && !isBelow(now, fresh)) {
      if (!isAtTop) held.push(now);
      else {
        before ? before.after(now) : list.prepend(now);
        before = now;
      }
    }
  }
  if (cursor?.isConnected) keepInPlace(list, cursor, offset);
  waitingRows();
  total(0);
  showPicked();
  later.showPresence?.();
  loadAhead();
}

// Replies that were not sent, above the list.
function showFailed(parts) {
  const old = $(".list > .failed");
  const now = $(".list > .failed", parts);
  const isMore = now && now.children.length > (old?.children.length ?? 0);
  if (old && now) morph(old, now);
  else if (now) $(".filters").after(now);
  else old?.remove();
  if (isMore) say("A reply was not sent");
}

// Rows after the last one that is shown belong to the next page.
function isBelow(now, fresh) {
  const after = fresh.slice(fresh.indexOf(now) + 1);
  return !after.some((other) => row(other.dataset.id));
}

// The selection keeps its position on the screen. A list too short to scroll gets room for it.
function keepInPlace(list, cursor, offset) {
  const top = list.scrollTop + cursor.getBoundingClientRect().top - offset;
  if (Math.abs(top - list.scrollTop) < 0.05) return;
  const missing = top + list.clientHeight - list.scrollHeight;
  if (missing > 0) list.style.paddingBlockEnd = `${missing + parseFloat(getComputedStyle(list).paddingBlockEnd || 0)}px`;
  list.scrollTop = top;
}

// Somebody else's action took the row away from this list: it stays until the cursor moves on.
function goneFrom(old, reason) {
  if (old.matches(".gone")) return;
  old.classList.add("gone");
  if (!reason) return old.classList.add("quiet");
  const words = document.createElement("span");
  words.className = "reason";
  words.textContent = reason;
  $(".subject", old).after(words);
  say(reason);
}

function waitingRows() {
  if (held.length) line("new", `${held.length} new`, "Show", showNew);
  else line("new", "");
}

export function showNew() {
  const list = scroller();
  if (!list) return;
  list.style.paddingBlockEnd = "";
  list.scrollTop = 0;
  held = [];
  line("new", "");
  lastKey = -QUIET_MS;
  refresh();
}

// The list became empty, or was.
function replaceAll(parts) {
  const box = $(".list");
  const now = $(".list", parts);
  for (const name of [".rows", ".empty"]) {
    const old = $(name, box);
    if (old && !(old.matches(".rows") && $(".gone", old))) old.remove();
    const fresh = $(name, now);
    // What stays is hidden behind it.
    if (fresh && !$(name, box)) ($(".rows", box) ?? $(".foot", box)).before(fresh);
  }
  total(0);
  loadAhead();
}

// -- The open conversation.
let loadingHere = false;
let isStaleHere = false;
export async function changedHere() {
  const id = main().dataset.id;
  if (!id) return;
  isStaleHere = loadingHere;
  if (loadingHere) return;
  loadingHere = true;
  try {
    const parts = await part(partOf(id));
    await loadMorph();
    if (main().dataset.id === id) merging.mergeConversation($("main", parts), $(".lead", parts), id);
  } catch (error) {
    if (error instanceof Offline) offline();
    else if (error.status === 404) toast(error.message);
  } finally {
    loadingHere = false;
    if (isStaleHere) changedHere();
  }
}

// -- Connection.
const FIRST_WAIT_S = 1;
const LONGEST_WAIT_S = 30;
let wait = 0;
let left = 0;
let counting = 0;
// This page is from before another sign-in: the server takes nothing from it until it is loaded again.
let isOldPage = false;
export function offline(error) {
  if (error) {
    isOldPage ||= error.status === 412;
    clearInterval(counting);
    counting = 0;
    return line("signed-out", error.message, error.status === 401 ? "Sign in" : "Reload", () => location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`));
  }
  if (counting) return;
  wait = Math.min(LONGEST_WAIT_S, wait ? wait * 2 : FIRST_WAIT_S);
  left = wait;
  const tick = () => {
    const queued = waiting();
    const actions = queued ? `${queued} ${queued === 1 ? "action waits" : "actions wait"}; trying again` : "Trying again";
    line("offline", `No connection. ${actions} in ${left} s`);
    if (left-- > 0) return;
    clearInterval(counting);
    counting = 0;
    refresh();
  };
  counting = setInterval(tick, 1000);
  tick();
}

function online() {
  clearInterval(counting);
  counting = 0;
  if (wait) {
    wait = 0;
    line("offline", "");
    connect();
    changedHere();
  }
  if (isOldPage) return;
  line("signed-out", "");
  resume();
}

// -- The stream: one tab has it, and passes on what comes.
const channel = window.BroadcastChannel ? new BroadcastChannel("crewbox") : null;
const tab = Math.random().toString(36).slice(2);
const wishes = new Map();
let seq = 0;
let source = null;
let isLeader = !navigator.locks;
let connecting = 0;
let failed = 0;
const WISH_MS = 60_000;
const GATHER_MS = 400;

const listName = () => place().view + place().query;

export function wish() {
  const mine = { tab, list: listName(), open: at.id, at: Date.now() };
  if (isLeader) wished(mine);
  else channel?.postMessage({ wish: mine });
}

function wished(one) {
  const before = wishes.get(one.tab);
  wishes.set(one.tab, one);
  if (!before || before.list !== one.list || before.open !== one.open || !source) {
    clearTimeout(connecting);
    connecting = setTimeout(connect, GATHER_MS);
  }
}

function connect() {
  if (!isLeader) return;
  source?.close();
  const asked = new URLSearchParams();
  const old = Date.now() - WISH_MS;
  for (const [tab, one] of wishes) if (one.at < old) wishes.delete(tab);
  for (const list of new Set([...wishes.values()].map((one) => one.list))) asked.append("list", list);
  for (const open of new Set([...wishes.values()].map((one) => one.open))) if (open) asked.append("open", open);
  if (seq) asked.set("since", seq);
  source = new EventSource(`/parts/stream?${asked}`);
  source.addEventListener("hello", (event) => pass({ hello: event.data, seq: Number(event.lastEventId) }));
  source.addEventListener("news", (event) => pass({ news: event.data }));
  source.addEventListener("presence", (event) => pass({ presence: event.data }));
  source.addEventListener("error", () => {
    source.close();
    source = null;
    pass({ lost: true });
  });
}

function pass(message) {
  channel?.postMessage(message);
  heard(message);
}

function heard({ hello, news, presence, lost, seq: head }) {
  if (hello) {
    failed = 0;
    seq = Math.max(seq, head);
    if (hello !== document.body.dataset.version) {
      line("updated", "Crewbox was updated", "Reload", () => location.reload());
    }
    if (wait) refresh();
  }
  // Whether the connection is lost, or only the stream has ended, is found out by asking.
  if (lost) {
    refresh();
    setTimeout(() => source || connect(), Math.min(LONGEST_WAIT_S, 2 ** ++failed) * 1000);
  }
  if (news) told(JSON.parse(news));
  if (presence) {
    // Also for a module that is loaded after it came.
    later.present = JSON.parse(presence);
    later.showPresence?.();
  }
}

function told({ seq: now, lists, open, counts }) {
  seq = Math.max(seq, now);
  const mine = listName();
  for (const [name, list] of Object.entries(lists)) {
    if (!list) doubt();
    for (const id of list?.changed ?? []) if (String(id) !== at.id) forget(id);
    for (const [id, reason] of Object.entries(list?.left ?? {})) {
      if (name === mine) reasons.set(id, reason);
      if (id !== at.id) forget(id);
    }
  }
  if (mine in lists || counts) refresh();
  if (open.map(String).includes(main().dataset.id)) changedHere();
  for (const id of open) if (String(id) !== at.id) forget(id);
}

export function startLive() {
  seq = Number(document.body.dataset.seq);
  startQueue(offline, (error, job) => sender(({ refusedBefore }) => refusedBefore(error, job)));
  later.refresh = refresh;
  later.offline = () => offline();
  later.changedHere = changedHere;
  addEventListener("keydown", () => (lastKey = performance.now()), true);
  addEventListener("pointerdown", (event) => (isPressed = Boolean(event.target.closest?.(".rows"))), true);
  // Of a finger that scrolls, the browser cancels the pointer while it is still down.
  addEventListener("pointercancel", ({ pointerType }) => (isPressed &&= pointerType === "touch"), true);
  for (const name of ["pointerup", "touchend", "touchcancel"]) addEventListener(name, () => (isPressed = false), true);
  addEventListener("online", refresh);
  channel?.addEventListener("message", ({ data }) => {
    if (data.wish) isLeader && wished(data.wish);
    else if (data.ask) wish();
    else heard(data);
  });
  navigator.locks?.request("stream", () => {
    isLeader = true;
    wish();
    channel?.postMessage({ ask: true });
    return new Promise(() => {});
  });
  wish();
  setInterval(wish, WISH_MS / 2);
}
