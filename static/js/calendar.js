// The week of a doctor or of the clinic. Loaded on its own, by <c-calendar>.
// The server sends each event with the zone's own offset, so wall times are right
// whatever the browser's zone is.
import { Calendar } from "@fullcalendar/core";
import dayGrid from "@fullcalendar/daygrid";
import enGb from "@fullcalendar/core/locales/en-gb.js";
import interaction from "@fullcalendar/interaction";
import list from "@fullcalendar/list";
import timeGrid from "@fullcalendar/timegrid";

function wallNow(timeZone) {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone, year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).format(new Date());
  return parts.replace(" ", "T");
}

function failure(box, calendar) {
  const notice = document.createElement("div");
  notice.className = "mc-notice mc-notice--danger mb-3";
  notice.setAttribute("role", "alert");
  notice.innerHTML = "<div><p>The calendar did not load. Nothing is lost.</p></div>";
  const again = document.createElement("button");
  again.type = "button";
  again.className = "btn btn-secondary btn-sm";
  again.textContent = "Try again";
  again.addEventListener("click", () => {
    notice.remove();
    calendar.refetchEvents();
  });
  notice.firstElementChild.append(again);
  if (!box.previousElementSibling?.matches("[role=alert]")) box.before(notice);
}

function start(box) {
  const { events, zone, view, date, from, until } = box.dataset;
  const narrow = matchMedia("(max-width: 767.98px)").matches;
  box.replaceChildren();
  const calendar = new Calendar(box, {
    locale: enGb,
    plugins: [dayGrid, timeGrid, list, interaction],
    initialView: narrow ? "listWeek" : view || "timeGridWeek",
    initialDate: date || wallNow(zone).slice(0, 10),
    timeZone: zone,
    now: () => wallNow(zone),
    nowIndicator: true,
    firstDay: 1,
    height: "auto",
    slotMinTime: from || "07:00:00",
    slotMaxTime: until || "20:00:00",
    slotDuration: "00:15:00",
    slotLabelInterval: "01:00",
    slotLabelFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    displayEventEnd: false,
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    allDaySlot: false,
    eventMinHeight: 22,
    headerToolbar: { start: "prev,today,next", center: "title", end: "timeGridDay,timeGridWeek,listWeek" },
    buttonIcons: false,
    buttonText: { prev: "Previous", next: "Next", today: "Today", day: "Day", week: "Week", list: "List" },
    noEventsText: "Nothing in this week",
    events: { url: events, failure: () => failure(box, calendar) },
    loading: (busy) => box.setAttribute("aria-busy", String(busy)),
    eventClassNames: ({ event }) => (event.extendedProps.kind ? [`mc-ev--${event.extendedProps.kind}`] : []),
  });
  calendar.render();
  document.addEventListener("mc:calendar", () => calendar.refetchEvents());
}

for (const box of document.querySelectorAll("[data-calendar]")) start(box);
