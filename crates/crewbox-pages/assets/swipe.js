// Swiping over a row with a finger: it moves with the finger, shows behind it what letting go will do, and does it. The table of
// actions declares what each side does; sides are those of the screen, also where text runs from right to left. Loaded where
// there is a touch screen, unless the member has turned it off.
import { $, $$, copy, hasMark } from "./dom.js";
import { perform, picked } from "./actions.js";

// A finger that moves less than this presses.
const START_PX = 10;
// Letting go does something once the row has moved by this part of its width, or this far where it is wide.
const ENOUGH = 0.35;
const ENOUGH_PX = 96;

// The finger that is down on a row, and once it swipes, what is behind the row.
let finger = null;

function down({ target, pointerId, pointerType, clientX, clientY }) {
  // A second finger zooms.
  if (finger) return release(false);
  const row = target.closest?.(".rows > .row:not(.gone, .swiped)");
  if (!row || pointerType !== "touch" || picked().length) return;
  finger = { row, pointerId, x: clientX, y: clientY };
}

function move({ pointerId, clientX, clientY }) {
  if (pointerId !== finger?.pointerId) return;
  const by = clientX - finger.x;
  if (!finger.behind) {
    const across = Math.abs(by);
    const along = Math.abs(clientY - finger.y);
    if (Math.max(across, along) < START_PX) return;
    // It scrolls: the browser has it from now on.
    if (along >= across) return void (finger = null);
    begin();
  }
  show(by);
}

function begin() {
  const { row } = finger;
  const behind = copy("behind").firstElementChild;
  behind.style.insetBlockStart = `${row.offsetTop}px`;
  behind.style.blockSize = `${row.offsetHeight}px`;
  finger.enough = Math.min(ENOUGH * row.offsetWidth, ENOUGH_PX);
  finger.behind = behind;
  row.classList.add("swiped");
  row.parentNode.append(behind);
}

function show(by) {
  const { row, behind, enough } = finger;
  const side = by < 0 ? "left" : "right";
  if (behind.dataset.side !== side) {
    behind.dataset.side = side;
    // Actions of one side undo each other: the row's marks decide.
    finger.action = $$(`#help tr[data-swipe="${side}"]`).find(({ dataset }) => !hasMark(row, dataset.mark));
    const { verb, icon } = finger.action.dataset;
    $("use", behind).setAttribute("href", `#${icon}`);
    $("span", behind).textContent = $(`#help tr[data-verb="${verb}"] th`).textContent;
  }
  finger.isEnough = Math.abs(by) >= enough;
  behind.classList.toggle("enough", finger.isEnough);
  row.style.translate = `${by}px`;
}

function release(isLetGo) {
  const { row, behind, action, isEnough } = finger;
  finger = null;
  if (!behind) return;
  if (isLetGo && isEnough && row.isConnected) {
    const { value } = action.dataset;
    perform(action.dataset, value === undefined ? {} : { value }, { only: row.dataset.id });
  }
  // A row that is in the list still goes back to its place.
  row.classList.add("settling");
  row.style.translate = "";
  Promise.allSettled(row.getAnimations().map((animation) => animation.finished)).then(() => {
    row.classList.remove("swiped", "settling");
    behind.remove();
  });
}

export function start() {
  document.body.classList.add("swipes");
  addEventListener("pointerdown", down);
  addEventListener("pointermove", move);
  addEventListener("pointerup", ({ pointerId }) => pointerId === finger?.pointerId && release(true));
  addEventListener("pointercancel", ({ pointerId }) => pointerId === finger?.pointerId && release(false));
}
