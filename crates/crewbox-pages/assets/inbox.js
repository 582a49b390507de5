// Starts what makes the inbox instant. The page is complete without it.
import { later } from "./dom.js";
import { startToast } from "./announce.js";
import { startList } from "./list.js";
import { startActions } from "./actions.js";
import { startComposer } from "./composer.js";
import { startLive, wish } from "./live.js";
import { startPalette } from "./palette.js";
import { startKeys } from "./keys.js";

startToast();
startList();
startActions();
startComposer();
startPalette();
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
  wish();
};
