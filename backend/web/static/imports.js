// A file of contacts: it stays chosen between looking at it and importing it, and its way in shows.

import { get, pause, Refused } from "./requests.js";

const EVERY_MS = 1000;
const INVALID = 422;
const NO_CONNECTION = "The desk could not be reached. Check your connection, then try again.";

const form = document.querySelector("#import");
const progress = document.querySelector("#progress");

removeHints();
if (form) keepTheFile();
if (progress) follow();

/** What only readers without this script need to know. */
function removeHints() {
  for (const hint of document.querySelectorAll(".without-script")) hint.remove();
}

function keepTheFile() {
  const status = document.querySelector("#import-status");
  const buttons = form.querySelector("#import-buttons").cloneNode(true);

  form.elements.file.addEventListener("change", () => {
    form.querySelector("#outcome").replaceChildren();
    form.querySelector("#import-buttons").replaceWith(buttons.cloneNode(true));
  });

  form.addEventListener("submit", async (event) => {
    const file = form.elements.file.files[0];
    if (file && file.size > Number(form.dataset.mostBytes)) {
      event.preventDefault();
      sayFault("The file is too large. Split it.");
      return;
    }
    if (event.submitter?.name !== "check") {
      status.textContent = "Sending the file …";
      return;
    }
    event.preventDefault();
    status.textContent = "Reading the file …";
    try {
      const sent = new FormData(form, event.submitter);
      const answer = await fetch(form.action, { method: "POST", body: sent });
      const page = await answer.text();
      const isAboutTheFile = answer.ok || answer.status === INVALID;
      if (!(isAboutTheFile && renew(page, "#outcome", "#import-buttons"))) renew(page, "#main");
    } catch {
      sayFault(NO_CONNECTION);
    }
    status.textContent = "";
    form.querySelector("#outcome h3")?.focus();
  });
}

function sayFault(words) {
  const fault = document.createElement("p");
  fault.className = "fault small";
  fault.setAttribute("role", "alert");
  fault.textContent = words;
  form.querySelector("#outcome").replaceChildren(fault);
}

/** Show how far the import is until it is done, and then what came of it. */
async function follow() {
  const fault = document.querySelector("#progress-fault");
  for (let isDone = false; !isDone; await pause(EVERY_MS)) {
    try {
      const state = await get(progress.dataset.import);
      isDone = state.state === "done";
      progress.value = state.rows_done;
      document.querySelector("#rows-done").textContent = state.rows_done.toLocaleString("en-US");
      fault.hidden = true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      fault.textContent = error.message;
      fault.hidden = false;
      if (error.status >= 400 && error.status < 500) return;
    }
  }
  const page = await (await fetch(location.href)).text();
  renew(page, "#facts", "#brought-in", "#contacts", "#next");
}

/** Replace these parts of the page by those of another version of it; false when it has none. */
function renew(page, ...places) {
  const newer = new DOMParser().parseFromString(page, "text/html");
  const parts = places.map((place) => [document.querySelector(place), newer.querySelector(place)]);
  if (parts.some(([present, next]) => !present || !next)) return false;
  for (const [present, next] of parts) present.replaceWith(next);
  removeHints();
  return true;
}
