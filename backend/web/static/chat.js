// The chat: sends what is typed or pressed to the API and shows what comes back.

import { Refused, pause, post } from "./requests.js";
import { anchor, element, showWords } from "./words.js";
import { clearFault, makeWritable, showFault } from "./writing.js";

const CONFLICT = 409;
const SIGNED_OUT = 401;
const TRIES = 3; // when nothing came back, or the answer is still being made

const form = document.querySelector("#ask");
const box = document.querySelector("#text");
const log = document.querySelector("#log");
const lines = log.querySelector(".lines");
const status = document.querySelector("#status");
const fault = document.querySelector("#fault");
let isWaiting = false;

for (const words of lines.querySelectorAll(".words")) {
  showWords(words, words.textContent, "sourced" in words.dataset);
}
lines.lastElementChild?.scrollIntoView({ block: "nearest" });
makeWritable(form, box);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (isWaiting) return;
  const pressed = event.submitter?.name === "button" ? event.submitter : null;
  const words = (event.submitter?.name ? event.submitter.textContent : box.value).trim();
  if (!words) return;
  const message = pressed ? { button: pressed.value } : { text: words };
  if (!event.submitter?.name) form.reset();
  document.querySelector("#welcome")?.remove();
  consume(pressed);
  lines.append(line("mine", "You said:", words));
  deliver({ ...message, message_id: crypto.randomUUID() });
});

/** Close what was offered: a set of which a button was pressed stays to be read, and shows which. */
function consume(pressed) {
  pressed?.setAttribute("aria-pressed", "true");
  for (const choices of lines.querySelectorAll(".choices")) {
    if (!choices.querySelector("[aria-pressed]")) choices.remove();
    for (const button of choices.querySelectorAll("button")) button.disabled = true;
  }
}

/** Send one message until it is answered or refused; its id stays, so it is answered once. */
async function deliver(message) {
  wait(true);
  try {
    const conversation = form.elements.conversation.value;
    show(await send(conversation ? { ...message, conversation } : message));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    explain(error, message);
  } finally {
    wait(false);
  }
}

async function send(message) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await post(form.dataset.api, message);
    } catch (error) {
      const mayPass = error.status === 0 || error.status === CONFLICT;
      if (!mayPass || tries === TRIES) throw error;
      await pause(tries * 1000);
    }
  }
}

function show(answer) {
  if (form.elements.conversation.value !== answer.conversation) {
    form.elements.conversation.value = answer.conversation;
    history.replaceState(null, "", form.dataset.chat);
  }
  const said = [...lines.querySelectorAll(".mine > .words")].pop();
  showWords(said, answer.said); // as it was kept: a PIN is hidden in it
  for (const reply of answer.replies) lines.append(lineOf(reply));
  scrollToAnswer();
}

function explain(error, message) {
  if (error.status === SIGNED_OUT) {
    const goToSignIn = () => location.assign(form.dataset.signIn);
    showFault(fault, "You have been signed out. Please sign in again.", "Sign in", goToSignIn);
    return;
  }
  showFault(fault, error.message, "Try again", () => deliver(message));
}

function wait(now) {
  isWaiting = now;
  log.setAttribute("aria-busy", String(now));
  status.textContent = now ? "The assistant is thinking …" : "";
  if (now) {
    clearFault(fault);
    lines.lastElementChild.scrollIntoView({ block: "nearest" });
  }
  box.focus();
}

function line(side, speaker, words, isSourced = false) {
  const shown = element("li", `line ${side}`);
  const text = element("div", "words");
  showWords(text, words, isSourced);
  shown.append(element("span", "hidden", speaker), text);
  return shown;
}

function lineOf(reply) {
  const shown = line("theirs", "The assistant said:", reply.text, reply.source !== null);
  const link = reply.link && anchor(reply.link.url, reply.link.title);
  if (link) {
    const more = element("p", "more");
    more.append(link);
    shown.append(more);
  }
  if (reply.buttons.length) {
    const choices = element("p", "choices");
    choices.append(...reply.buttons.map(choice));
    shown.append(choices);
  }
  return shown;
}

function choice({ title, payload }) {
  const button = element("button", "", title);
  button.setAttribute("form", form.id);
  button.name = "button";
  button.value = payload;
  return button;
}

/** Bring the end of the answer into view, or its question when the answer is a long one. */
function scrollToAnswer() {
  const questions = lines.querySelectorAll(".mine");
  lines.lastElementChild?.scrollIntoView({ block: "nearest" });
  const question = questions[questions.length - 1];
  if (question && question.getBoundingClientRect().top < 0) {
    question.scrollIntoView({ block: "start" });
  }
}
