// Messages made from a seed, and their hashes.

const BLOCK_BYTES = 4096;

/** A message of this size. */
export function message(text, size, seed) {
  const block = new Uint8Array(BLOCK_BYTES);
  let x = seed >>> 0;
  for (let at = 0; at < BLOCK_BYTES; at += 1) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    const byte = x >>> 24;
    block[at] = text ? 97 + (byte % 26) : byte;
  }
  const blocks = Math.ceil(size / BLOCK_BYTES);
  const whole = new Uint8Array(blocks * BLOCK_BYTES);
  for (let number = 0; number < blocks; number += 1) {
    whole.set(block, number * BLOCK_BYTES);
    const head = text
      ? new TextEncoder().encode(number.toString(16).padStart(8, "0"))
      : Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
    whole.set(head, number * BLOCK_BYTES);
  }
  return whole.slice(0, size);
}

/** In hexadecimal, lower case. */
export async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
