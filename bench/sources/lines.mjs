const LINE_FEED = 10

/** The bare loop that is the limit: lines of a stream, decoded and parsed one by one. Resolves at the end. */
export function readLines(stream, onMessage) {
  return splitLines(stream, (line) => onMessage(JSON.parse(line)))
}

/** Hands over the lines of a stream as text. Resolves at the end. */
export function splitLines(stream, onLine) {
  const push = lineSplitter(onLine)
  stream.on('data', push)
  return new Promise((resolve) => stream.once('end', resolve))
}

/** Cuts chunks into lines; a line of several chunks is put together once. Returns what takes the chunks. */
export function lineSplitter(onLine) {
  let pieces = []
  return (chunk) => {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      if (pieces.length === 0) {
        onLine(chunk.toString('utf8', start, end))
      } else {
        pieces.push(chunk.subarray(start, end))
        onLine(Buffer.concat(pieces).toString('utf8'))
        pieces = []
      }
      start = end + 1
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
}
