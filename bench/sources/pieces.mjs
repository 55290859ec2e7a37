const PIECE_BYTES = 4096

/** A line with a text of so many characters, in the small pieces that a pipe may bring. */
export function pieces(characters) {
  const line = Buffer.from(
    `${JSON.stringify({ jsonrpc: '2.0', method: 'large', params: { text: 'x'.repeat(characters) } })}\n`,
  )
  return Array.from({ length: Math.ceil(line.length / PIECE_BYTES) }, (_, i) =>
    line.subarray(i * PIECE_BYTES, (i + 1) * PIECE_BYTES),
  )
}
