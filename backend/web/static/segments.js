// Beside every box whose words become a text: how many texts they are, as the desk counts them.

import { Refused, post } from "./requests.js";

const PREVIEW = "/api/v1/texts/preview";
const AFTER_TYPING_MS = 400;
const WITH_PICTURES = "With pictures it goes as one MMS, however long.";

for (const box of document.querySelectorAll("textarea[data-segments]")) accompany(box);

/** Put a line under a box and keep it true while somebody types. */
function accompany(box) {
  const line = document.createElement("p");
  line.className = "hint segments";
  line.setAttribute("role", "status");
  (box.closest(".ask") ?? box).after(line);
  const longest = Number(box.dataset.segments) || Infinity;
  const pictures = box.form?.elements.namedItem("media");
  let timer;
  let latest = 0;

  const count = async () => {
    const asked = ++latest;
    const text = box.value.trim();
    const length = [...text].length;
    let words = "";
    if (length > longest) words = tooLong(length, longest);
    else if (pictures?.value.trim()) words = WITH_PICTURES;
    else if (text) words = await preview(text);
    if (asked === latest && line.textContent !== words) line.textContent = words;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(count, AFTER_TYPING_MS);
  };
  box.addEventListener("input", soon);
  pictures?.addEventListener("input", soon);
  box.form?.addEventListener("reset", soon);
  count();
}

function tooLong(length, longest) {
  return `Too long to send: ${length.toLocaleString("en")} characters; ${longest.toLocaleString("en")} is the most.`;
}

/** What a text takes, in words; nothing when the desk does not say, for counting is no duty. */
async function preview(text) {
  try {
    const cost = await post(PREVIEW, { text });
    const texts = cost.segments === 1 ? "1 text" : `${cost.segments} texts`;
    const room = cost.room === 1 ? "1 more character fits" : `${cost.room} more characters fit`;
    return `${texts} (${cost.encoding}); ${room}. ${cost.advice}`.trim();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return "";
  }
}
