// The box one writes in, the same on the chat and the phone.

/** Let Enter send (Shift+Enter starts a line) and let the box grow with its words. */
export function makeWritable(form, box) {
  const grow = () => {
    box.rows = Math.min(6, Math.max(1, box.value.split("\n").length));
  };
  box.addEventListener("input", grow);
  form.addEventListener("reset", () => queueMicrotask(grow));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

/** Show a fault as a sentence, with a button for what can be done about it. */
export function showFault(place, sentence, title, act) {
  const words = document.createElement("p");
  words.textContent = sentence;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = title;
  button.addEventListener("click", act);
  place.replaceChildren(words, button);
  place.hidden = false;
}

/** Take the fault away again. */
export function clearFault(place) {
  place.hidden = true;
  place.replaceChildren();
}
