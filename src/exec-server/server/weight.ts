/** What a value that is no text counts for, and what a text counts for besides its characters. */
const BYTES_EACH = 16

/**
 * About how many bytes a value that came as JSON takes; no more than a little over the limit is counted. The nesting
 * may be as deep as it likes.
 */
export function weightOf(value: unknown, limit: number): number {
  const left: unknown[] = [value]
  let bytes = 0
  while (left.length > 0 && bytes <= limit) {
    const one = left.pop()
    bytes += BYTES_EACH
    if (typeof one === 'string') bytes += one.length
    if (typeof one !== 'object' || one === null) continue
    if (Array.isArray(one)) {
      // Counted before it is spread: it may be longer than the limit.
      if (bytes + one.length * BYTES_EACH > limit) return bytes + one.length * BYTES_EACH
      for (const inner of one) left.push(inner)
    } else {
      for (const [key, inner] of Object.entries(one)) {
        bytes += key.length
        left.push(inner)
      }
    }
  }
  return bytes
}
