// Everything a page may need at first sight; each module finds its own elements, so a
// page without them pays nothing. `ready` runs for the page and for whatever htmx puts in.
import htmx from "htmx.org";
import { announceHold } from "./hold.js";
import { autosave } from "./autosave.js";
import { busyButtons } from "./busy.js";
import { conditions } from "./conditions.js";
import { copyButtons } from "./copy.js";
import { countCharacters } from "./counter.js";
import { drops } from "./drop.js";
import { focusErrors } from "./errors.js";
import { liveParts } from "./live.js";
import { monthCalendar } from "./month.js";
import { passkeys } from "./passkeys.js";
import { popovers } from "./popovers.js";
import { printButtons } from "./print.js";
import { freshParts } from "./refresh.js";
import { requests } from "./requests.js";
import { selects } from "./selects.js";
import { sessionEnd } from "./session.js";
import { shortcuts } from "./shortcuts.js";
import { stickyBars } from "./actionbar.js";
import { suggestions } from "./suggest.js";
import { themeSwitch } from "./theme.js";
import { toasts } from "./toasts.js";
import { uploads } from "./uploads.js";
import { visitorZone } from "./visitor-zone.js";
import { zoneNotes } from "./zones.js";

window.htmx = htmx;
const script = document.currentScript;

// The page's events, once.
requests(htmx);
freshParts(htmx);
busyButtons();
themeSwitch();
drops();
popovers();
shortcuts();
monthCalendar();
sessionEnd();
suggestions(htmx);

// What a fragment may bring.
function ready(root) {
  zoneNotes(root);
  announceHold(root);
  copyButtons(root);
  passkeys(root);
  printButtons(root);
  countCharacters(root);
  autosave(root);
  conditions(root);
  selects(root);
  stickyBars(root);
  toasts(root);
  focusErrors(root);
  uploads(root);
  visitorZone(root);
  liveParts(htmx, root);
  if (root.querySelector("[x-data]")) loadAlpine();
}

let alpine = false;
function loadAlpine() {
  if (alpine) return;
  alpine = true;
  const tag = document.createElement("script");
  tag.src = script.dataset.alpine;
  tag.nonce = script.nonce;
  document.head.append(tag);
}

ready(document);
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt !== document.body) ready(event.detail.elt);
});
