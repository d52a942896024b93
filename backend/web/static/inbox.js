// Keeps the inbox and a conversation as they are on the desk, and what is being typed as it is.

import { showMoments } from "./moments.js";

const EVERY_MS = 2000;
const SLOWEST_MS = 60_000;
const LONGEST_WAIT_MS = 20_000;
const NO_CONNECTION = "The desk could not be reached. Check your connection; nothing you wrote is lost.";
const NOT_FRESH = "The desk cannot be reached. What you see may be out of date.";
const SIGNED_OUT = "You have been signed out. Sign in again to go on.";

const live = document.querySelector("#live");
const status = document.querySelector("#status");
const reply = document.querySelector("#reply");
let tag = "";
let isStopped = false;
let wake = () => {};

toTheEnd();
if (live.dataset.live) follow();
for (const form of document.querySelectorAll("form[data-stays]")) form.addEventListener("submit", stay);
document.querySelector("#act")?.addEventListener("submit", stay);
if (reply) makeReplyEasy();

/** Look again and again: seldom while the desk cannot be reached, not at all in a hidden tab. */
async function follow() {
  let wait = EVERY_MS;
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  while (!isStopped) {
    await due(wait);
    if (document.hidden) continue;
    const isFresh = await look();
    if (isStopped) return;
    if (!isFresh) status.textContent = NOT_FRESH;
    else if (status.textContent === NOT_FRESH) status.textContent = "";
    wait = isFresh ? EVERY_MS : Math.min(wait * 2, SLOWEST_MS);
  }
}

/** Until that long has passed, or the tab is shown again. */
function due(wait) {
  return new Promise((resolve) => {
    wake = resolve;
    if (!document.hidden) setTimeout(resolve, wait);
  });
}

/** Look once; whether the desk could be reached. */
async function look() {
  try {
    const answer = await fetch(live.dataset.live, {
      headers: tag ? { "If-None-Match": tag } : {},
      cache: "no-store",
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    });
    if (answer.status === 304) return true;
    if (isSignIn(answer)) return stop();
    if (!answer.ok) return false;
    const page = parsed(await answer.text());
    tag = answer.headers.get("ETag") ?? "";
    renew(page);
    return true;
  } catch {
    return false;
  }
}

function isSignIn(answer) {
  return answer.redirected && new URL(answer.url).pathname === live.dataset.signIn;
}

function stop() {
  isStopped = true;
  const link = document.createElement("a");
  link.href = live.dataset.signIn;
  link.textContent = SIGNED_OUT;
  status.replaceChildren(link);
  return false;
}

function parsed(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  showMoments(page);
  return page;
}

/** Bring the parts that change up to date; what has the focus keeps it. */
function renew(page) {
  const focused = document.activeElement;
  const wasAtEnd = isAtEnd();
  for (const next of page.querySelectorAll("[data-part]")) {
    const present = live.querySelector(`[data-part="${next.dataset.part}"]`);
    const lists = [present, next].map((part) => (part.matches("[data-keyed]") ? part : part.querySelector("[data-keyed]")));
    if (lists[0] && lists[1]) renewList(...lists);
    else if (present.outerHTML !== next.outerHTML) present.replaceWith(next);
  }
  const latest = live.querySelector("[data-latest]")?.dataset.latest;
  if (reply && latest) reply.elements.seen.value = latest;
  count(Number(page.querySelector("[data-unread]").dataset.unread));
  if (!focused.isConnected) findAgain(focused)?.focus({ preventScroll: true });
  else if (document.activeElement !== focused) focused.focus({ preventScroll: true });
  if (wasAtEnd) toTheEnd();
}

/** Make a list like its next version, line by line: a line that did not change stays itself. */
function renewList(present, next) {
  const known = new Map([...present.children].map((line) => [line.id, line]));
  let place = present.firstElementChild;
  for (const fresh of [...next.children]) {
    const old = known.get(fresh.id);
    const line = old?.outerHTML === fresh.outerHTML ? old : fresh;
    if (line === place) {
      place = place.nextElementSibling;
      continue;
    }
    if (old === place) place = place?.nextElementSibling ?? null;
    if (old && old !== line) old.remove();
    present.insertBefore(line, place);
  }
  while (place) {
    const gone = place;
    place = place.nextElementSibling;
    gone.remove();
  }
}

function findAgain(gone) {
  for (const name of ["id", "formaction", "href"]) {
    const value = gone.getAttribute?.(name);
    const again = value && live.querySelector(`[${name}="${CSS.escape(value)}"]`);
    if (again) return again;
  }
  return document.querySelector("#main");
}

function count(unread) {
  document.title = `${unread ? `(${unread}) ` : ""}${live.dataset.title} · Numberdesk`;
  const badge = document.querySelector("#unread");
  badge.hidden = unread === 0;
  badge.querySelector("span").textContent = String(unread);
}

function isAtEnd() {
  const page = document.documentElement;
  return page.scrollHeight - page.clientHeight - page.scrollTop < 80;
}

function toTheEnd() {
  if (reply && live.dataset.live && !location.hash) scrollTo(0, document.documentElement.scrollHeight);
}

/** Do what a form asks for without leaving the page, so that nothing typed elsewhere is lost. */
async function stay(event) {
  const { target: form, submitter } = event;
  if (submitter?.name === "insert") return;
  if (form.id === "act" && submitter?.dataset.stays === undefined) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  setBusy(form, true);
  const fault = document.querySelector("#fault");
  fault.hidden = true;
  try {
    const answer = await fetch(submitter?.getAttribute("formaction") ?? form.action, {
      method: "POST",
      body: new FormData(form),
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    });
    if (isSignIn(answer)) {
      stop();
      return;
    }
    const page = parsed(await answer.text());
    if (answer.ok) finished(form, page);
    else showFault(fault, faultsOn(page));
  } catch {
    showFault(fault, NO_CONNECTION);
  } finally {
    setBusy(form, false);
  }
}

/** What is on its way stays as it is until it has arrived. */
function setBusy(form, isBusy) {
  if (isBusy) form.dataset.busy = "now";
  else delete form.dataset.busy;
  for (const box of form.querySelectorAll("textarea")) box.readOnly = isBusy;
}

function finished(form, page) {
  for (const box of form.querySelectorAll("textarea")) {
    box.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // A form's key is for one request: the next one has its own.
  for (const key of document.querySelectorAll("input[name=key]")) {
    const fresh = page.querySelector(`form[action="${key.form.getAttribute("action")}"] input[name=key]`);
    if (fresh) key.value = fresh.value;
  }
  status.textContent = [...page.querySelectorAll("main > .done")].map((said) => said.textContent).join(" ");
  tag = "";
  if (live.dataset.live) renew(page);
  else location.assign(location.pathname);
  form.closest("details")?.removeAttribute("open");
  if (form === reply) toTheEnd();
}

function faultsOn(page) {
  const said = [...page.querySelectorAll("[role=alert]:not([hidden])")].map((each) => each.textContent.trim());
  return said.filter(Boolean).join(" ") || page.querySelector("main")?.textContent.trim() || NO_CONNECTION;
}

function showFault(place, words) {
  place.textContent = words;
  place.hidden = false;
}

function makeReplyEasy() {
  const box = reply.elements.body;
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    reply.requestSubmit(reply.querySelector("button.main"));
  });
  box.addEventListener("input", () => {
    box.rows = Math.min(8, Math.max(2, box.value.split("\n").length));
  });
  for (const button of reply.querySelectorAll("[data-insert]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const isBare = box.value === "" || /\s$/.test(box.value.slice(0, box.selectionStart));
      box.setRangeText((isBare ? "" : " ") + button.dataset.insert, box.selectionStart, box.selectionEnd, "end");
      box.dispatchEvent(new Event("input", { bubbles: true }));
      button.closest("details").removeAttribute("open");
      box.focus();
    });
  }
}
