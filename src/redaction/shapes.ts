import { charset, DASH, DOT, isAlnum, isDigit, isUpper } from './chars.js'
import type { Cursor } from './cursor.js'
import type { Match } from './runs.js'

/** A secret that is recognised by how it begins. */
interface Shape {
  readonly prefix: string
  /** Characters that follow the prefix. */
  readonly body: Uint8Array
  /** How many of them there must be at least. */
  readonly min: number
  /** Exact number of them, for shapes that would otherwise be too easily met. */
  readonly exact?: number
  /** Whether a digit, a capital or a long run of letters must be among the first of them: words have none. */
  readonly mixed?: boolean
  /** Whether the prefix is public (a host and path) and stays. */
  readonly keepPrefix?: boolean
}

/** How far a body is examined. One that goes on longer is no word, so it is taken for a secret. */
const MAX_EXAMINED = 64
/** Letters in a row that no word of ordinary prose has. */
const LONG_RUN = 16
/** Longest JWT header that is waited for; a longer one is removed without seeing its end. */
const MAX_JWT_HEADER = 1024

const alnum = charset('A-Za-z0-9')
const word = charset('A-Za-z0-9', '_')
const url = charset('A-Za-z0-9', '_-')
const dotted = charset('A-Za-z0-9', '_-', '.')
const path = charset('A-Za-z0-9', '_-/')
const base64 = charset('A-Za-z0-9', '_-+/=')

const SHAPES: readonly Shape[] = [
  { prefix: 'sk-', body: url, min: 16, mixed: true },
  { prefix: 'sess-', body: url, min: 16, mixed: true },
  { prefix: 'sk_live_', body: alnum, min: 10 },
  { prefix: 'sk_test_', body: alnum, min: 10 },
  { prefix: 'rk_live_', body: alnum, min: 10 },
  { prefix: 'rk_test_', body: alnum, min: 10 },
  { prefix: 'whsec_', body: base64, min: 16 },
  { prefix: 'ghp_', body: alnum, min: 20 },
  { prefix: 'gho_', body: alnum, min: 20 },
  { prefix: 'ghu_', body: alnum, min: 20 },
  { prefix: 'ghs_', body: alnum, min: 20 },
  { prefix: 'ghr_', body: alnum, min: 20 },
  { prefix: 'github_pat_', body: word, min: 20 },
  { prefix: 'glpat-', body: dotted, min: 16 },
  { prefix: 'gldt-', body: dotted, min: 16 },
  { prefix: 'glrt-', body: dotted, min: 16 },
  { prefix: 'AKIA', body: alnum, min: 16, exact: 16 },
  { prefix: 'ASIA', body: alnum, min: 16, exact: 16 },
  { prefix: 'xoxa-', body: url, min: 10, mixed: true },
  { prefix: 'xoxb-', body: url, min: 10, mixed: true },
  { prefix: 'xoxe-', body: url, min: 10, mixed: true },
  { prefix: 'xoxp-', body: url, min: 10, mixed: true },
  { prefix: 'xoxr-', body: url, min: 10, mixed: true },
  { prefix: 'xoxs-', body: url, min: 10, mixed: true },
  { prefix: 'xapp-', body: url, min: 10, mixed: true },
  { prefix: 'hooks.slack.com/services/', body: path, min: 10, keepPrefix: true },
  { prefix: 'hooks.slack.com/workflows/', body: path, min: 10, keepPrefix: true },
  { prefix: 'hooks.slack.com/triggers/', body: path, min: 10, keepPrefix: true },
  { prefix: 'discord.com/api/webhooks/', body: path, min: 20, keepPrefix: true },
  { prefix: 'discordapp.com/api/webhooks/', body: path, min: 20, keepPrefix: true },
  { prefix: 'AIza', body: url, min: 30 },
  { prefix: 'ya29.', body: dotted, min: 16 },
  { prefix: 'GOCSPX-', body: url, min: 16 },
  { prefix: 'npm_', body: alnum, min: 30 },
  { prefix: 'hf_', body: alnum, min: 30 },
  { prefix: 'pypi-', body: url, min: 40, mixed: true },
  { prefix: 'SG.', body: dotted, min: 40 },
  { prefix: 'xai-', body: alnum, min: 30 },
  { prefix: 'gsk_', body: alnum, min: 30 },
  { prefix: 'pplx-', body: alnum, min: 30 },
  { prefix: 'nvapi-', body: url, min: 30 },
  { prefix: 'dop_v1_', body: alnum, min: 40 },
  { prefix: 'shpat_', body: alnum, min: 30 },
  { prefix: 'hvs.', body: url, min: 20, mixed: true },
  { prefix: 'lin_api_', body: alnum, min: 30 },
  { prefix: 'figd_', body: url, min: 30 },
  { prefix: 'ATATT3', body: base64, min: 30 },
  { prefix: 'AGE-SECRET-KEY-', body: alnum, min: 30 },
  { prefix: 'rt_', body: dotted, min: 32, mixed: true },
]

const BY_FIRST: ReadonlyArray<readonly Shape[] | undefined> = Array.from({ length: 128 }, (_, code) => {
  const shapes = SHAPES.filter((shape) => shape.prefix.charCodeAt(0) === code)
  return shapes.length > 0 ? shapes : undefined
})

const JWT_PREFIX = 'eyJ'
const JWT_FIRST = JWT_PREFIX.charCodeAt(0)

const GLUED = ['-proj-', '-ant-', '-svcacct-', '-admin-'].map(
  (prefix): Shape => ({ prefix, body: url, min: 16, mixed: true }),
)

/** A key whose `sk` is glued to the letters before it: `before2` and `before` stand before the hyphen. */
export function matchGlued(
  cursor: Cursor,
  index: number,
  before: number,
  before2: number,
): Match | undefined {
  if (before !== 107 || before2 !== 115) return undefined
  for (const shape of GLUED) {
    const start = index + shape.prefix.length
    if (cursor.startsWith(shape.prefix, index) && fits(shape, cursor, start)) {
      return { keep: index, run: { kind: 'set', set: url, head: start - index } }
    }
  }
  return undefined
}

/** A secret of a known shape that begins at an index, where a letter or digit stands behind none. */
export function matchShape(cursor: Cursor, index: number): Match | undefined {
  const first = cursor.at(index)
  if (first === JWT_FIRST) return matchJwt(cursor, index)
  const shapes = first >= 0 && first < 128 ? BY_FIRST[first] : undefined
  if (shapes === undefined) return undefined
  for (const shape of shapes) {
    if (!cursor.startsWith(shape.prefix, index)) continue
    const start = index + shape.prefix.length
    if (fits(shape, cursor, start)) {
      const keep = shape.keepPrefix ? start : index
      return { keep, run: { kind: 'set', set: shape.body, head: start - keep } }
    }
  }
  return undefined
}

/** Whether a secret of a known shape begins anywhere in a part of the text. */
export function containsShape(cursor: Cursor, from: number, to: number): boolean {
  let behind = 0
  let behind2 = 0
  for (let index = from; index < to; index++) {
    const code = cursor.at(index)
    if (isAlnum(code) && !isAlnum(behind) && matchShape(cursor, index) !== undefined) return true
    if (code === DASH && matchGlued(cursor, index, behind, behind2) !== undefined) return true
    behind2 = behind
    behind = code
  }
  return false
}

function fits(shape: Shape, cursor: Cursor, start: number): boolean {
  const enough = shape.exact ?? shape.min
  let mixed = shape.mixed !== true
  let length = 0
  let run = 0
  for (; length < MAX_EXAMINED; length++) {
    if (length >= enough && mixed && shape.exact === undefined) return true
    const code = cursor.at(start + length)
    if (code < 0 || code >= 128 || !shape.body[code]) {
      return length >= enough && mixed && (shape.exact === undefined || length === shape.exact)
    }
    run = isAlnum(code) ? run + 1 : 0
    if (!mixed) mixed = isDigit(code) || isUpper(code) || run >= LONG_RUN
    if (shape.exact !== undefined && (code > 90 || length >= shape.exact)) return false
  }
  return true
}

function matchJwt(cursor: Cursor, index: number): Match | undefined {
  if (!cursor.startsWith(JWT_PREFIX, index)) return undefined
  let end = index
  while (end - index < MAX_JWT_HEADER && isUrlChar(cursor.at(end))) end++
  const header = end - index
  if (header < MAX_JWT_HEADER) {
    if (header < 10 || cursor.at(end) !== DOT) return undefined
    // An encrypted token may leave its second part out, and then has two full stops in a row.
    end += cursor.at(end + 1) === DOT ? 2 : 1
    for (let offset = 0; offset < 8; offset++) if (!isUrlChar(cursor.at(end + offset))) return undefined
  }
  return { keep: index, run: { kind: 'set', set: dotted, head: end - index } }
}

function isUrlChar(code: number): boolean {
  return code >= 0 && code < 128 && url[code] === 1
}
