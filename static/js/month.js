// The month calendar: arrows move by day, Home and End to the ends of the week, Page Up
// and Page Down turn the month. Without this file its days are plain links.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

function days(table) {
  return [...table.querySelectorAll("a.mc-cal__d[data-date]")];
}

function plus(date, count) {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + count);
  return day.toISOString().slice(0, 10);
}

// The open day nearest to `wanted` in the direction of travel.
function open(table, wanted, step) {
  const dates = days(table).map((link) => link.dataset.date);
  const found = step > 0 ? dates.find((date) => date >= wanted) : dates.findLast((date) => date <= wanted);
  return table.querySelector(`a[data-date="${found}"]`);
}

function target(table, from, key) {
  const step = STEPS[key];
  const right = getComputedStyle(table).direction === "rtl";
  if (step) {
    const turned = right && Math.abs(step) === 1 ? -step : step;
    return open(table, plus(from, turned), turned);
  }
  const row = [...table.querySelector(`a[data-date="${from}"]`).closest("tr").querySelectorAll("a[data-date]")];
  if (key === "Home") return row[0];
  if (key === "End") return row.at(-1);
  return null;
}

export function monthCalendar() {
  document.addEventListener("keydown", (event) => {
    const link = event.target.closest?.("a.mc-cal__d[data-date]");
    if (!link) return;
    const table = link.closest("table");
    if (event.key === "PageUp" || event.key === "PageDown") {
      const turn = table.closest("[data-month]")?.querySelector(event.key === "PageUp" ? "a[rel=prev]" : "a[rel=next]");
      if (turn) {
        event.preventDefault();
        turn.click();
      }
      return;
    }
    const next = target(table, link.dataset.date, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
