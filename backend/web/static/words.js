// What people and the assistant wrote, shown safely: built as nodes, never read as markup.

const ADDRESS = /https?:\/\/[^\s<>"“”]+/g;
const CLOSING = /[.,;:!?)\]'’]+$/;
const ITEM = /^\s*(?:[•*-]|\d{1,2}[.)])\s+/;
const NUMBERED = /^\s*\d/;
const SOURCE = /\n\n((?:Source|Fuente): [^\n]+)\s*$/;

/** Fill `element` with `text`: paragraphs, lists and links. When `isSourced`, the closing
 * sentence that names the source becomes a citation. */
export function showWords(element, text, isSourced = false) {
  const source = isSourced ? SOURCE.exec(text) : null;
  const body = source ? text.slice(0, source.index) : text;
  const blocks = body.trim().split(/\n{2,}/).flatMap(blocksOf);
  if (source) {
    const cite = document.createElement("p");
    cite.className = "source";
    cite.append(...linked(source[1]));
    blocks.push(cite);
  }
  element.replaceChildren(...blocks);
}

/** An anchor for an http(s) address or a page of ours ("/numbers"), or null for any other. */
export function anchor(address, title = address) {
  if (!/^(https?:\/\/|\/(?![\/\\]))/i.test(address)) return null;
  const link = document.createElement("a");
  link.href = address;
  link.rel = "noopener noreferrer";
  link.textContent = title;
  return link;
}

/** A new element with a class and words in it. */
export function element(name, className, words = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = words;
  return made;
}

function blocksOf(paragraph) {
  const blocks = [];
  let plain = [];
  let list = null;
  const flush = () => {
    if (plain.length) blocks.push(paragraphOf(plain));
    plain = [];
  };
  for (const line of paragraph.split("\n")) {
    if (!ITEM.test(line)) {
      list = null;
      plain.push(line);
      continue;
    }
    flush();
    if (!list) {
      list = document.createElement(NUMBERED.test(line) ? "ol" : "ul");
      if (list.tagName === "OL") list.start = Number.parseInt(line, 10);
      blocks.push(list);
    }
    const item = document.createElement("li");
    item.append(...linked(line.replace(ITEM, "")));
    list.append(item);
  }
  flush();
  return blocks;
}

function paragraphOf(lines) {
  const paragraph = document.createElement("p");
  lines.forEach((line, place) => {
    if (place) paragraph.append(document.createElement("br"));
    paragraph.append(...linked(line));
  });
  return paragraph;
}

function linked(text) {
  const parts = [];
  let shown = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(CLOSING, "");
    parts.push(text.slice(shown, match.index), anchor(address));
    shown = match.index + address.length;
  }
  parts.push(text.slice(shown));
  return parts;
}
