import { createRedactor, redact, redactJson } from '../src/redaction/index.js'

/** Nanoseconds per character of texts that try to make the redactor slow, at 1 and 10 million characters. */
const SIZES = [1_000_000, 10_000_000]

const TEXTS: Readonly<Record<string, string>> = {
  'log lines': '2025-01-02T03:04:05.678Z  INFO codex_core::exec: running `ls -la` in /repo, took 12 ms\n',
  prose: 'The quick brown fox jumps over the lazy dog, and then it does so again. ',
  'JSON deltas': '{"method":"item/agentMessage/delta","params":{"itemId":"item_12","delta":"some text"}}\n',
  'base64 lines': `${'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'.repeat(2)}\n`,
  'a a': 'a ',
  aaa: 'a',
  'sk-': 'sk-',
  'sk- words': 'sk-a ',
  eyJ: 'eyJ',
  'eyJ.': `${'ey'}Jabcdefghij.`,
  'PEM heads': '-----BEGIN ',
  'PEM keys': `-----BEGIN ${'PRIVATE'} KEY-----`,
  dashes: '-',
  '://': '://',
  '://a:b/': '://a:b/',
  '=': '=',
  'token=': 'token=',
  'token = ': 'token = ',
  'password:x': 'password:x(',
  quotes: '"',
  'open strings': 'password="',
  backslashes: '\\',
  'escaped quotes': '\\"',
  spaces: ' ',
  'name and spaces': `token${' '.repeat(70)}`,
  underscores: '_',
  'a-a-': 'a-',
  percent: '%',
  'ESC[': '\u001b[',
  'lone surrogates': '\ud800',
}

const known = createRedactor({
  values: ['correct horse battery', 'aaaaaaaaaaaaaaaaaaab', '0123456789abcdef'],
})

/** Fastest of a few runs, in nanoseconds per character. */
function measure(length: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3; run++) {
    const started = performance.now()
    work()
    best = Math.min(best, performance.now() - started)
  }
  return (best * 1e6) / length
}

function inChunks(text: string, size: number): void {
  const stream = known.stream()
  for (let index = 0; index < text.length; index += size) stream.push(text.slice(index, index + size))
  stream.flush()
}

/** A flat text of a length: what repeat() returns is a tree of strings, which would be measured as well. */
function fill(unit: string, length: number): string {
  const text = unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
  return Buffer.from(text, 'utf16le').toString('utf16le')
}

console.log(
  ['text', 'size', 'text', 'values', '64 KiB chunks', 'JSON'].map((title) => title.padEnd(16)).join('') +
    ' ns per character',
)
for (const [name, unit] of Object.entries(TEXTS)) {
  for (const size of SIZES) {
    const text = fill(unit, size)
    const costs = [
      measure(size, () => redact(text)),
      measure(size, () => known.redact(text)),
      measure(size, () => inChunks(text, 65_536)),
      measure(size, () => redactJson({ text })),
    ]
    console.log(
      [name, `${size / 1e6}M`, ...costs.map((cost) => cost.toFixed(1))]
        .map((cell) => cell.padEnd(16))
        .join(''),
    )
  }
}
