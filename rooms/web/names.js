// Names that others chose: of people and of files. They are shown, so they may not reorder what
// stands beside them, and may not hide a part of themselves.

/** Longest name that is shown, in characters; the server allows as many. */
const NAME_CHARS_MAX = 40;

/**
 * Control, format (bidirectional, zero-width), private and unassigned characters, line separators, and the
 * letters that are drawn as nothing (fillers of Hangul, the empty Braille pattern).
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]/gu;

/** The text without characters that cannot be seen or that reorder others. */
export function plainText(text) {
  return String(text).replace(/\s+/gu, " ").replace(UNSEEN, "").trim();
}

/** The name of a person; never empty. */
export function plainName(name) {
  const plain = Array.from(plainText(name)).slice(0, NAME_CHARS_MAX).join("").trim();
  return plain || "somebody";
}

/** A name inside a sentence: letters written from right to left keep to themselves (UAX 9, FSI and PDI). */
export function inSentence(name) {
  return `\u2068${name}\u2069`;
}
