// Talking with the desk: JSON both ways, every fault a sentence.

const LONGEST_WAIT_MS = 75_000;
const NO_CONNECTION =
  "The desk could not be reached. Check your connection; nothing you wrote is lost.";

/** The desk said no. `message` is a sentence; `status` is HTTP's, 0 when nothing came back. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** GET `url` and return its JSON. Throws `Refused`. */
export function get(url) {
  return ask(url, { headers: { Accept: "application/json" } });
}

/** POST `body` as JSON with the page's CSRF token and return the JSON answer. Throws `Refused`. */
export function post(url, body) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  return ask(url, {
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "X-CSRFToken": token,
    },
    body: JSON.stringify(body),
  });
}

/** Wait, as a promise. */
export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function ask(url, options) {
  let response;
  let answer;
  try {
    response = await fetch(url, {
      ...options,
      credentials: "same-origin",
      signal: AbortSignal.timeout(LONGEST_WAIT_MS),
    });
    answer = await response.json();
  } catch {
    if (response === undefined || response.ok) throw new Refused(NO_CONNECTION, 0);
  }
  if (!response.ok) {
    const words = answer?.detail ?? `The desk answered with an error (${response.status}).`;
    throw new Refused(words, response.status);
  }
  return answer;
}
