// The number in a picture: cells that are light or dark.

export const CELLS = 34;
export const CODE_SHARE = 9;
export const DARK = 32;
export const LIGHT = 220;

/** CRC-8 with the polynomial 0x07 over three bytes, highest first. */
function checksum(number) {
  let crc = 0xff;
  for (const shift of [16, 8, 0]) {
    crc ^= (number >> shift) & 0xff;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

/** Cells from left to right; true is light. */
export function cells(number) {
  const bits = [true, false];
  for (let bit = 23; bit >= 0; bit -= 1) bits.push(((number >> bit) & 1) === 1);
  const crc = checksum(number);
  for (let bit = 7; bit >= 0; bit -= 1) bits.push(((crc >> bit) & 1) === 1);
  return bits;
}

/** The first column of a cell. */
export const edge = (cell, width) => Math.floor((cell * width) / CELLS);

/**
 * The number in the lowest rows of a picture; null when there is none. `at(column, row)` is the brightness there, where row 0 is the first of
 * the cells' rows.
 */
export function readNumber(width, height, at) {
  const rows = Math.floor(height / CODE_SHARE);
  if (width < 68 || rows < 4) return null;
  const levels = Array.from({ length: CELLS }, (_, cell) => mean(edge(cell, width), edge(cell + 1, width), rows, at));
  if (levels[0] - levels[1] < 40) return null;
  const threshold = (levels[0] + levels[1]) / 2;
  const bits = levels.map((level) => level > threshold);
  const number = bits.slice(2, 26).reduce((number, bit) => number * 2 + Number(bit), 0);
  return cells(number).every((bit, cell) => bit === bits[cell]) ? number : null;
}

/** Mean of the inner half of a cell. */
function mean(left, right, rows, at) {
  const inner = Math.floor((right - left) / 4);
  let [sum, count] = [0, 0];
  for (let row = Math.floor(rows / 4); row < rows - Math.floor(rows / 4); row += 1) {
    for (let column = left + inner; column < right - inner; column += 1) {
      sum += at(column, row);
      count += 1;
    }
  }
  return sum / count;
}
