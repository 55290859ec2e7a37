const PATTERN = Buffer.alloc(1024 * 1024, 'y\n')

/** Whether a chunk is what the program `yes` writes, from the byte at `offset` of its output. */
export function isYesOutput(chunk, offset) {
  for (let at = 0; at < chunk.length; ) {
    const start = (offset + at) % 2
    const length = Math.min(chunk.length - at, PATTERN.length - start)
    if (PATTERN.compare(chunk, at, at + length, start, start + length) !== 0) return false
    at += length
  }
  return true
}
