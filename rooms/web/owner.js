// The secret by which the server knows that a seat in a room is this person's own, so that who comes
// back after a crash takes the old seat instead of sitting beside a ghost of itself.

const BYTES = 24;

const PATTERN = /^[A-Za-z0-9_-]{16,64}$/;

/** The secret for a room of this server; `undefined` where the browser keeps nothing. */
export function ownerSecret(room, storage = browserStorage()) {
  const key = `lapwing-owner:${room}`;
  try {
    const kept = storage.getItem(key);
    if (kept && PATTERN.test(kept)) return kept;
    const fresh = makeSecret();
    storage.setItem(key, fresh);
    return fresh;
  } catch {
    return undefined;
  }
}

function makeSecret() {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_");
}

/** Even to look at it throws where storage is switched off. */
function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
