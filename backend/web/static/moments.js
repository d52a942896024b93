// Shows each moment in the reader's own time zone; the full date is one hover away.

for (const moment of document.querySelectorAll("time.moment")) {
  const at = new Date(moment.dateTime);
  const isToday = at.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { day: "numeric", month: "short" };
  moment.title = at.toLocaleString();
  moment.textContent = at.toLocaleString([], { ...day, hour: "numeric", minute: "2-digit" });
}
