const ANNOUNCED = /^(?:ERROR|Error|error): |^Error (?=loading|parsing)/
const LOG_LINE = /^\d{4}-\d\d-\d\dT\S+ +(?:TRACE|DEBUG|INFO|WARN|ERROR) /
const MOST_LINES = 4

/** What the error stream of Codex says last about why it failed: an announced error, else its last words. */
export function readErrorText(stderr: string): string | undefined {
  const lines = stderr.split(/\r?\n/).filter((line) => !LOG_LINE.test(line))
  const backtrace = lines.findIndex((line) => line.trimEnd() === 'Stack backtrace:')
  const shown = backtrace === -1 ? lines : lines.slice(0, backtrace)
  const announced = shown.findLastIndex((line) => ANNOUNCED.test(line))
  const from = announced === -1 ? startOfLastWords(shown) : announced
  if (from === -1) return undefined
  const rest = shown.slice(from)
  const end = rest.findIndex((line) => line.trim() === '')
  const text = rest.slice(0, Math.min(MOST_LINES, end === -1 ? rest.length : end)).join('\n')
  return text.replace(/^(?:ERROR|Error|error): /, '').trim() || undefined
}

/** The number of a JSON-RPC error that an error text of Codex quotes. */
export function readRpcCode(text: string): number | undefined {
  const code = /^(?:thread|turn|review)\/\w+: .{0,2000}?\(code (-\d{1,6})\)/s.exec(text)?.[1]
  return code === undefined ? undefined : Number(code)
}

function startOfLastWords(lines: readonly string[]): number {
  return lines.findLastIndex((line) => line.trim() !== '')
}
