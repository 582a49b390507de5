// Menus, and what lies over the page in a narrow window: one is open at a time, Escape closes it, and the focus returns to
// where it was.
import { $, $$ } from "./dom.js";

// Menus, and forms that a key opens in the page.
const MENU = "details.menu[open], details[data-opens][open]";
// Where the focus was when a key opened a menu.
const before = new WeakMap();

// What has the focus, or will have it again when the menu is closed that has it.
export function focused() {
  const { activeElement } = document;
  return before.get(activeElement?.closest("details.menu[open]")) ?? activeElement;
}

// Closes a menu, whatever has the focus.
export function shut(menu) {
  menu.open = false;
  before.delete(menu);
}

// Opens a menu and moves the focus into it; `show` makes the place visible in which it is.
export function openMenu(menu, show = () => {}) {
  if (!menu.open) before.set(menu, document.activeElement);
  menu.open = true;
  show();
  $("textarea, .choice, input:not([type=hidden])", menu)?.focus();
}

export function closeMenu(menu) {
  const isInside = menu.contains(document.activeElement);
  const first = before.get(menu);
  shut(menu);
  if (isInside) returnFocus(first, $("summary", menu), $(`[data-command="${menu.dataset.opens}"]`));
}

// To the first of these that is shown. Where nothing had the focus, nothing has it again.
function returnFocus(...places) {
  if (places[0] === document.body) return document.activeElement.blur();
  const shown = places.find((element) => element?.checkVisibility());
  shown ? shown.focus({ preventScroll: true }) : document.activeElement.blur();
}

// Closes what is open, the one with the focus first; false where nothing is. For a field, only what it is in. A note that was
// begun stays: it is part of the conversation, and lies over nothing.
export function closeOpen(field = null) {
  const mine = document.activeElement.closest(MENU);
  const menu = mine && !$("textarea", mine)?.value ? mine : !field && $("details.menu[open]");
  if (menu) {
    closeMenu(menu);
    return true;
  }
  // The views and the lead of a narrow window are shown while the address names them.
  const over = $(":target");
  if (!over || (field && !over.contains(field)) || getComputedStyle(over).position !== "fixed") return false;
  const hasFocus = over.contains(document.activeElement);
  const { state } = history;
  location.replace("#");
  history.replaceState(state, "", location.pathname + location.search);
  if (hasFocus) returnFocus($(`a[href="#${over.id}"]`));
  return true;
}

export function startMenus() {
  // A click elsewhere closes a menu, and so does moving the focus out of it.
  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) shut(menu);
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const menu = target.closest("details.menu[open]");
    if (menu && relatedTarget && !menu.contains(relatedTarget)) shut(menu);
  });
}
