// The pretend phone: texts a number as a student and looks for the reply every second.

import { Refused, get, post } from "./requests.js";
import { element, showWords } from "./words.js";
import { clearFault, makeWritable, showFault } from "./writing.js";

const LOOK_EVERY_MS = 1000;
const QUIET_AFTER_MS = 4000;
const SIGNED_OUT = 401;
const IN_VAIN = "No reply yet. The text may be waiting in the inbox for a person.";

const form = document.querySelector("#send");
if (form) start();

function start() {
  const box = document.querySelector("#text");
  const number = document.querySelector("#number");
  const student = document.querySelector("#student");
  const log = document.querySelector("#log");
  const lines = log.querySelector(".lines");
  const empty = document.querySelector("#empty");
  const status = document.querySelector("#status");
  const fault = document.querySelector("#fault");
  let pair = 0; // grows with every change of number or student; late answers are dropped
  let isStopped = false;

  makeWritable(form, box);
  number.addEventListener("change", turnTo);
  student.addEventListener("change", turnTo);
  form.addEventListener("submit", send);
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_EVERY_MS);
  turnTo();

  function turnTo() {
    const chosen = number.selectedOptions[0];
    document.querySelector("#peer-name").textContent = chosen.dataset.name;
    document.querySelector("#peer-number").textContent = chosen.dataset.spoken;
    pair += 1;
    isStopped = false;
    lines.replaceChildren();
    status.textContent = "";
    clearFault(fault);
    look();
  }

  async function send(event) {
    event.preventDefault();
    const body = box.value.trim();
    if (!body) return;
    clearFault(fault);
    form.reset();
    box.focus();
    const text = { number: number.value, student: student.value, body };
    try {
      await post(form.dataset.texts, text);
      isStopped = false;
      await look();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (!box.value) box.value = body;
      explain(error);
    }
  }

  async function look() {
    if (document.hidden || isStopped) return;
    const asked = pair;
    const query = new URLSearchParams({ number: number.value, student: student.value });
    try {
      const { texts } = await get(`${form.dataset.thread}?${query}`);
      if (asked === pair) show(texts);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (asked === pair && error.status !== 0) explain(error);
    }
  }

  function explain(error) {
    isStopped = true;
    if (error.status === SIGNED_OUT) {
      const goToSignIn = () => location.assign(form.dataset.signIn);
      showFault(fault, "You have been signed out. Please sign in again.", "Sign in", goToSignIn);
    } else {
      showFault(fault, error.message, "Look again", turnTo);
    }
  }

  function show(texts) {
    empty.hidden = texts.length > 0;
    const added = texts.slice(lines.children.length).map(bubble);
    if (added.length) {
      lines.append(...added);
      log.scrollTop = log.scrollHeight;
    }
    const last = texts.at(-1);
    const isUnanswered = last?.direction === "sent";
    const isLong = isUnanswered && Date.now() - Date.parse(last.at) > QUIET_AFTER_MS;
    status.textContent = isLong ? IN_VAIN : "";
  }

  function bubble(text) {
    const isMine = text.direction === "sent";
    const shown = element("li", `line ${isMine ? "mine" : "theirs"}`);
    const words = element("div", "words");
    showWords(words, text.body);
    const at = element("time", "by", clock(text.at));
    at.dateTime = text.at;
    shown.append(element("span", "hidden", isMine ? "The student:" : "The number:"), words, at);
    return shown;
  }

  function clock(moment) {
    return new Date(moment).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  }
}
