// Shows each moment in the reader's own time zone; the full date is one hover away.

showMoments(document);

/** Put the moments within `root`, as the desk wrote them, into the reader's own time. */
export function showMoments(root) {
  for (const moment of root.querySelectorAll("time.moment")) {
    const at = new Date(moment.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    const day = isToday ? {} : { day: "numeric", month: "short" };
    moment.title = at.toLocaleString();
    moment.textContent = at.toLocaleString([], { ...day, hour: "numeric", minute: "2-digit" });
  }
}
