// The list's cursor and the open conversation: moving, opening, the address, and what is loaded in advance.
import { $, $$, Offline, copy, hasMark, later, parse, part, request, tags } from "./dom.js";
import { focused, shut } from "./menus.js";
import { line, say, showLine, toast } from "./announce.js";

// The conversation under the cursor; null for none.
export const at = { id: null };
// Conversations that are not shown: their live elements, with what was unfolded in them, or the HTML that was loaded in
// advance.
const cache = new Map();
const MOST_CACHED = 200;

export const rows = () => $$(".rows > .row");
// Those that belong to the list still.
export const staying = () => rows().filter((row) => !row.matches(".gone, [hidden]"));
export const row = (id) => $(`.rows > .row[data-id="${id}"]`);
export const scroller = () => $(".rows");
// The conversation that is shown, not one that is laid out ahead.
let shownMain = $("main");
export const main = () => shownMain;
const narrow = matchMedia("(width < 48rem)");
export const isNarrow = () => narrow.matches;
const link = (row) => $("a", row);

// Where the list that is shown is: the view and what narrows it. The address may be ahead of it.
const placeOf = ({ pathname, search }) => ({ view: pathname.split("/")[2], query: search });
let current = placeOf(location);
export const place = () => current;

export function pathOf(id, { view, query } = place()) {
  return `/inbox/${view}${id ? `/${id}` : ""}${query}`;
}

export function partOf(name, more = "") {
  const { view, query } = place();
  return `/parts/${view}/${name}${query}${more && (query ? "&" : "?") + more}`;
}

// How far the conversation that is shown is scrolled. Asking for it while the page changes would lay the page out.
let threadTop = 0;
// The conversation that was shown before.
let previous = null;
export const shownBefore = () => previous;

// The conversation that is shown goes, its elements are kept as they are.
function leave() {
  later.leaving?.();
  const shown = main();
  // It is shown again as it was, without a menu over it.
  for (const menu of $$("details.menu[open]", shown)) shut(menu);
  if (shown?.dataset.id && !("loading" in shown.dataset)) {
    previous = { main: shown, lead: aside, top: threadTop };
    keep(shown.dataset.id, previous);
  }
  // Rows that are in the list no more stayed for as long as the cursor was on them.
  for (const gone of $$(".row.gone")) if (gone.dataset.id === at.id) gone.remove();
}

export function keep(id, parts) {
  cache.delete(id);
  cache.set(id, parts);
  if (cache.size > MOST_CACHED) cache.delete(cache.keys().next().value);
}

// What was kept of it is not shown any more as it is. What was typed into it stays: what is new is merged into it when it is
// shown.
export function forget(id) {
  const parts = cache.get(String(id));
  if (parts && [parts.main, parts.lead].some(hasTyped)) parts.isOld = true;
  else cache.delete(String(id));
  return parts;
}

// Nothing reports what changes in lists that are not shown: what is kept is shown at once, and asked for again.
export function doubt() {
  for (const parts of cache.values()) parts.isOld = true;
}

export const hasTyped = (element) =>
  element && $$("textarea, input:not([type=hidden])", element).some((field) => field.value !== field.defaultValue);

// The elements of a conversation that is not shown. HTML becomes elements once they are needed, or before, when there is
// nothing else to do.
export function kept(id) {
  const parts = cache.get(id);
  if (parts?.html) {
    const { html } = parts;
    delete parts.html;
    Object.assign(parts, partsIn(parse(html)));
  }
  return parts;
}

const partsIn = (content) => ({ main: $("main", content), lead: $(".lead", content) });

// Shows the conversation of a row: at once, from what is loaded in advance or from what the row has.
export function open(id, { push = false, focus = "row", read = true } = {}) {
  id = String(id);
  const from = row(id);
  let shown = null;
  if (id !== at.id || main().dataset.id !== id) {
    const wasInside = main().contains(focused());
    if (push) rememberScroll();
    leave();
    at.id = id;
    mark(from);
    const parts = kept(id);
    shown = parts ?? loading(id, from);
    put(shown);
    if (!parts) load(id);
    if (wasInside && focus === "row") focus = "inside";
    address(push);
    later.opened?.(id);
    if (parts?.isOld) later.changedHere?.();
  }
  $(".sheet").classList.add("reading");
  // First everything is changed, then everything is measured: the page is laid out once. What was laid out ahead can have the
  // focus only then.
  if (shown) main().getClientRects();
  if (focus === "inside") scrolling()?.focus({ preventScroll: true });
  else if (focus === "row" && from && !isNarrow() && document.activeElement !== link(from)) link(from).focus({ preventScroll: true });
  if (shown && from) reveal(from);
  if (shown) scrollThread(shown.top);
  if (read) readSoon(id);
}

function mark(now) {
  for (const before of $$('.rows a[aria-current="true"]')) before.removeAttribute("aria-current");
  if (now) link(now).setAttribute("aria-current", "true");
}

// Scrolls the list as little as shows the whole row.
export function reveal(row) {
  const list = scroller();
  const above = row.offsetTop - list.offsetTop - list.scrollTop;
  const below = above + row.offsetHeight - list.clientHeight;
  if (above < 0) list.scrollTop += above;
  else if (below > 0) list.scrollTop += below;
}

// The lead of the conversation that is shown. It is in the page one frame later, when also the conversation goes that was shown
// before: what is read first is shown first.
let aside;
function put({ main: shown, lead }) {
  if (shown.isConnected) {
    // What is selected would be rendered where it is hidden. Asking where it is would lay the page out. A field elsewhere
    // keeps its caret.
    const { activeElement } = document;
    if (main().contains(activeElement) || !activeElement.matches("textarea, input:not([type=checkbox])")) getSelection().empty();
    main().ariaHidden = "true";
  } else main().replaceWith(shown);
  shown.ariaHidden = null;
  shownMain = shown;
  aside = lead;
  if (lead) requestAnimationFrame(() => setTimeout(showLead));
  else showLead();
}

export function showLead() {
  // The conversation that is shown is the first one in the page.
  for (const one of tags("main")) {
    if (one === main()) break;
    one.remove();
  }
  const old = $(".sheet > .lead");
  if (old === aside) return;
  old?.remove();
  if (aside) main().after(aside);
}

function show(parts) {
  put(parts);
  scrollThread(parts.top);
}

// What scrolls in a conversation.
const scrolling = (shown = main()) => $(".thread > .scroll", shown);

// To where it was, else to the newest message.
export function scrollThread(top, shown = main()) {
  const thread = scrolling(shown);
  if (!thread) return;
  if (top === undefined) toNewest(thread);
  else thread.scrollTop = top;
  if (shown === main()) threadTop = thread.scrollTop;
}

// The newest message begins in view.
export function toNewest(thread = scrolling()) {
  const newest = thread && $$("article.message", thread).at(-1);
  if (newest) thread.scrollTop = Math.max(0, newest.offsetTop - thread.offsetTop - 48);
}

function loading(id, from) {
  const parts = copy("loading");
  const shown = $("main", parts);
  shown.dataset.id = id;
  shown.dataset.marks = from?.dataset.marks ?? "";
  if (from) {
    $("h1", shown).textContent = $(".subject", from).textContent;
    $(".prose", shown).textContent = $(".first", from).textContent;
    $("h2", parts).textContent = link(from).textContent;
    const category = $(".category", from);
    if (category) $(".subject-line p", shown).append(category.cloneNode(true));
  }
  return { main: shown, lead: $(".lead", parts) };
}

// Loads a whole conversation, and shows it if it is open still.
export async function load(id) {
  const slow = setTimeout(() => busy(true), 400);
  try {
    const loaded = partsIn(await part(partOf(id)));
    if (at.id !== id) keep(id, loaded);
    else if (main().dataset.id !== id || "loading" in main().dataset) {
      const inside = main().contains(document.activeElement);
      show(loaded);
      if (inside) scrolling().focus({ preventScroll: true });
      later.opened?.(id);
    }
  } catch (error) {
    if (error instanceof Offline) later.offline?.();
    else if (at.id === id) toast(error.message);
  } finally {
    clearTimeout(slow);
    busy(false);
  }
}

export function busy(on) {
  $(".sheet").classList.toggle("busy", on);
}

// A conversation counts as read once the cursor has rested on it: a held key reads nothing.
const REST_MS = 300;
let reading = 0;
function readSoon(id) {
  clearTimeout(reading);
  reading = setTimeout(() => {
    if (at.id === id && !document.hidden && hasMark(row(id) ?? main(), "unread:yes")) later.read?.(id);
  }, REST_MS);
}

// Moves the cursor, from the last row of a page to the next page.
export function move(by) {
  const all = rows();
  const now = all.findIndex((row) => row.dataset.id === at.id);
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[now < 0 ? Math.max(focused, 0) : now + by];
  if (next) open(next.dataset.id, { focus: isNarrow() ? "" : "row" });
  else turn(by);
}

// Rows of a page. One that has fewer, because rows left it, is filled from the next one.
export const PAGE = 20;
let turning = false;
async function turn(by) {
  const page = $(`.foot a[rel="${by > 0 ? "next" : "prev"}"]`);
  if (!page || turning) return;
  // The rows that would be filled in would be passed over.
  if (by > 0 && staying().length < PAGE) return later.refresh?.();
  turning = true;
  await go(page.href);
  turning = false;
  // It could not be loaded, or somebody has gone to another list meanwhile.
  if (page.search !== current.query) return;
  const next = by > 0 ? rows()[0] : rows().at(-1);
  if (next) open(next.dataset.id, { focus: isNarrow() ? "" : "row" });
}

// Nothing is open any more. The focus is on the row that comes next, if there is one.
export function close(next) {
  leave();
  at.id = null;
  show({ main: copy("nothing-open").firstElementChild });
  mark(null);
  $(".sheet").classList.remove("reading");
  if (next) {
    link(next).focus({ preventScroll: true });
    reveal(next);
  }
  address(false);
  later.ahead?.();
}

export function back() {
  const now = at.id && row(at.id);
  if (isNarrow()) {
    $(".sheet").classList.remove("reading");
    // The address of a conversation that was just opened may not be written yet.
    clearTimeout(addressing);
    history.replaceState(history.state, "", pathOf(null));
  }
  if (now) link(now).focus();
  else scroller()?.focus();
}

// The address follows the cursor; while a key is held, once it is let go.
let addressing = 0;
const ADDRESS_MS = 150;
function address(push) {
  clearTimeout(addressing);
  const write = () => history.replaceState({ top: scroller()?.scrollTop ?? 0 }, "", pathOf(at.id));
  if (push) history.pushState({ top: scroller()?.scrollTop ?? 0 }, "", pathOf(at.id));
  else addressing = setTimeout(write, ADDRESS_MS);
}

function rememberScroll() {
  clearTimeout(addressing);
  const isShown = !isNarrow() || $(".sheet").matches(".reading");
  history.replaceState({ top: scroller()?.scrollTop ?? 0 }, "", pathOf(isShown ? at.id : null));
}

// Goes to another list, or back to a conversation of this one.
let going = 0;
export async function go(href, { push = true, top = 0 } = {}) {
  const to = new URL(href, location);
  const [, inbox, view, id] = to.pathname.split("/");
  if (inbox !== "inbox" || to.origin !== location.origin) return location.assign(to);
  const next = placeOf(to);
  if (next.view === current.view && next.query === current.query && !push) return shownAt(id, top);
  const mine = ++going;
  const slow = setTimeout(() => busy(true), 400);
  try {
    const parts = await part(`/parts/${view}/list${to.search}`);
    if (mine !== going) return;
    if (push) {
      rememberScroll();
      history.pushState({ top: 0 }, "", to);
    }
    leave();
    doubt();
    at.id = null;
    current = next;
    replaceList(parts);
    shownAt(id, top);
    say($("h1").textContent);
  } catch (error) {
    if (error instanceof Offline) later.offline?.();
    else location.assign(to);
  } finally {
    clearTimeout(slow);
    busy(false);
  }
}

function replaceList(parts) {
  line("new", "");
  const [shown, next] = [document, parts].map((from) => $$("nav.side .view", from));
  // Most views are as they were.
  if (shown.length === next.length) shown.forEach((view, at) => view.isEqualNode(next[at]) || view.replaceWith(next[at]));
  else {
    const views = $(".views").scrollTop;
    $("nav.side").replaceWith($("nav", parts));
    $(".views").scrollTop = views;
  }
  $(".sheet > section").replaceWith($("section", parts));
  document.title = $(".sheet > section").dataset.title;
  showLine();
  later.listed?.();
}

function shownAt(id, top) {
  // Only the part of the page that the address names has changed.
  if (id && id === at.id && id === main().dataset.id) return $(".sheet").classList.add("reading");
  if (id) {
    open(id, { focus: "", read: false });
    readSoon(id);
  } else {
    if (main().dataset.id) leave();
    at.id = null;
    mark(null);
    show({ main: copy("nothing-open").firstElementChild });
    $(".sheet").classList.remove("reading");
    later.ahead?.();
  }
  if (scroller()) scroller().scrollTop = top;
}

// Runs something when the page is painted and there is nothing else to do. Some browsers do not tell when it is painted.
const PAINTED_MS = 2000;
const painted = new Promise((go) => {
  if (document.hidden) return go();
  new PerformanceObserver(go).observe({ type: "paint", buffered: true });
  setTimeout(go, PAINTED_MS);
});
const idle = window.requestIdleCallback ?? ((run) => setTimeout(run, 200));
export const whenIdle = (run) => painted.then(() => idle(run));

// One request loads the conversations of all rows. Making elements of all of them at once would be felt.
const EACH = '<template data-id="';
let loadingAhead = false;
export function loadAhead() {
  whenIdle(async () => {
    const missing = rows().map((row) => row.dataset.id).filter((id) => id !== at.id && !cache.has(id));
    if (loadingAhead || !missing.length) return later.ahead?.();
    loadingAhead = true;
    try {
      const html = await request(partOf("conversations", `ids=${missing.join(".")}`));
      for (const each of html.split(EACH).slice(1)) {
        const id = /^\d+/.exec(each)[0];
        if (!cache.has(id)) keep(id, { html: each.slice(each.indexOf(">") + 1, each.lastIndexOf("</template>")) });
        whenIdle(() => kept(id));
      }
      later.ahead?.();
    } catch {
      // They are loaded when they are opened.
    } finally {
      loadingAhead = false;
    }
  });
}

export function startList() {
  const current = $('.rows a[aria-current="true"]');
  aside = $(".sheet > .lead");
  at.id = main().dataset.id ?? current?.closest(".row").dataset.id ?? null;
  if (at.id) scrollThread();
  // Scrolling reaches no other element than the one that scrolls, so it is caught on its way.
  document.addEventListener("scroll", ({ target }) => {
    if (target === scrolling()) threadTop = target.scrollTop;
  }, { capture: true, passive: true });
  if (current) reveal(current.closest(".row"));
  history.scrollRestoration = "manual";
  if (history.state?.top && scroller()) scroller().scrollTop = history.state.top;
  // Every place has a state. Without one, only the part of the page that the address names has changed.
  addEventListener("popstate", ({ state }) => state && go(location.href, { push: false, top: state.top ?? 0 }));
  addEventListener("pagehide", rememberScroll);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const anchor = event.target.closest("a[href]");
    const clicked = event.target.closest(".rows > .row");
    if (clicked && !event.target.closest(".pick")) {
      event.preventDefault();
      if (getSelection().type === "Range" && !anchor) return;
      open(clicked.dataset.id, { push: true, focus: event.detail ? "" : "inside" });
    } else if (anchor && !anchor.target && /^\/inbox\/\w+($|\?)/.test(anchor.getAttribute("href"))) {
      event.preventDefault();
      if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
      if (anchor.matches('[aria-label="Back to the list"]')) back();
      else go(anchor.href);
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".search, .pages form")) return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(event.target));
    if (!fields.get("q")) fields.delete("q");
    go(`${event.target.getAttribute("action")}${fields.size ? "?" : ""}${fields}`);
  });
  later.listed = loadAhead;
  loadAhead();
}
