// If the visitor's clock differs from the clinic's, say both, for that very instant.
// <p data-zone-note data-at="2026-03-16T10:20:00+00:00" data-zone="Europe/London" hidden></p>
// Without data-at the note compares now, for pages that show many times.
function clock(at, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone, hour: "numeric", minute: "2-digit", hour12: true,
  }).formatToParts(at);
  const part = (type) => parts.find((item) => item.type === type)?.value ?? "";
  const hour = part("hour") === "0" ? "12" : part("hour");
  return `${hour}:${part("minute")}${part("dayPeriod").toLowerCase().replace(/[^apm]/g, "")}`;
}

function day(at, timeZone) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone, weekday: "long", day: "numeric", month: "long",
  }).format(at).replace(",", "");
}

export function offset(at, timeZone) {
  return new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "longOffset" })
    .formatToParts(at).find((item) => item.type === "timeZoneName").value;
}

const city = (zone) => zone.split("/").pop().replaceAll("_", " ");

function sentence(at, zone, theirs) {
  const here = day(at, zone);
  const there = day(at, theirs);
  const apart = here === there ? ["", ""] : [` on ${here}`, ` on ${there}`];
  return `${clock(at, zone)} ${city(zone)} time${apart[0]}, ${clock(at, theirs)}${apart[1]} where you are`;
}

export function zoneNotes(root) {
  const theirs = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!theirs) return;
  for (const note of root.querySelectorAll("[data-zone-note]")) {
    const { zone, at } = note.dataset;
    const instant = at ? new Date(at) : new Date();
    try {
      if (offset(instant, zone) === offset(instant, theirs)) continue;
      note.textContent = at
        ? sentence(instant, zone, theirs)
        : `Times are ${city(zone)} time. Your device is on ${city(theirs)} time: now ${sentence(instant, zone, theirs)}.`;
      note.hidden = false;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}
