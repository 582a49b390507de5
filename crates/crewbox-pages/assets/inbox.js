// Starts what makes the inbox instant. The page is complete without it.
import { later, loaded } from "./dom.js";
import { startToast } from "./announce.js";
import { startMenus } from "./menus.js";
import { startList, whenIdle } from "./list.js";
import { startActions } from "./actions.js";
import { loadSending, startComposer } from "./composer.js";
import { loadMorph, startLive, wish } from "./live.js";
import { loadPalette, startKeys } from "./keys.js";

startToast();
startMenus();
startList();
startActions();
startComposer();
startKeys();
startLive();

// The stream follows what is shown.
const opened = later.opened;
later.opened = (id) => {
  opened(id);
  wish();
};
const listed = later.listed;
later.listed = () => {
  listed();
  later.showPresence?.();
  wish();
};

// What is folded may wait for its rest.
const loadUnfold = () => loaded(import("./unfold.js"));
document.addEventListener("toggle", ({ target }) => {
  if (!target.open || !target.matches?.("details[data-partial], details.original")) return;
  loadUnfold().then(({ unfolded }) => unfolded(target), later.offline);
}, true);

// What the first page does not need. Where it does not arrive, it is loaded when it is needed.
whenIdle(() => Promise.all([loadMorph(), loadSending(), loadPalette(), loadUnfold()]).catch(() => {}));
const start = (module) => module.then((loaded) => loaded.start(), () => {});
// Until it is here, its forms load the page again.
whenIdle(() => start(import("./panel.js")));
whenIdle(() => start(import("./presence.js")));
whenIdle(() => start(import("./ahead.js")));
// Swiping is for fingers alone.
if (matchMedia("(any-pointer: coarse)").matches && document.body.dataset.swipe !== "off") {
  whenIdle(() => start(import("./swipe.js")));
}
