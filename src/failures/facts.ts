import type { JsonValue } from './failure.js'
import { isObject, readItems, readMember, readNumber, readObject, readText, toJson } from './read.js'

const MAX_CHAIN = 8

/** What can be learnt from one cause, read once. Raw: nothing in it is redacted yet. */
export interface Facts {
  /** The cause itself; read it with the functions of `read.ts` only. */
  readonly source: unknown
  readonly message: string | undefined
  readonly additionalDetails: string | undefined
  readonly name: string | undefined
  /** A string code: this library's, the system's or another library's. */
  readonly code: string | undefined
  /** The number of a JSON-RPC error. */
  readonly rpcCode: number | undefined
  readonly data: unknown
  readonly method: string | undefined
  /** A plain copy: a string, an object with one key, or absent. */
  readonly codexErrorInfo: JsonValue | undefined
  /** Whether it has the shape of a turn error, with or without a `codexErrorInfo`. */
  readonly isTurnError: boolean
  /** The `status` of a turn or an item. */
  readonly state: string | undefined
  /** HTTP status of an error that carries one. */
  readonly httpStatus: number | undefined
  /** A `CloseReason`, whether it came alone or inside an error. */
  readonly close: object | undefined
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly stderrTail: string | undefined
  /** Whether the cause says of itself that its request never left this process. */
  readonly isUnsent: boolean
}

/** The cause and the causes behind it, outermost first. */
export function gatherFacts(cause: unknown): Facts[] {
  const chain: Facts[] = []
  const seen = new Set<unknown>()
  const queue: unknown[] = [cause]
  while (queue.length > 0 && chain.length < MAX_CHAIN) {
    const next = unwrap(queue.shift())
    if (isObject(next) && seen.has(next)) continue
    seen.add(next)
    const facts = factsOf(next)
    chain.push(facts)
    const behind = [
      facts.close === undefined ? undefined : readObject(facts.close, 'cause'),
      readMember(next, 'cause'),
      ...readItems(readMember(next, 'errors'), MAX_CHAIN),
    ]
    queue.push(...behind.filter((one) => one !== undefined && one !== null))
  }
  return chain
}

/**
 * The error inside what may hold one: the params of an `error` or `turn/completed` notification, a turn, an
 * event of `codex exec --json`.
 */
function unwrap(value: unknown): unknown {
  // An Error speaks for itself, whatever it carries.
  if (readText(value, 'message') !== undefined) return value
  const turn = readObject(value, 'turn') ?? value
  return readObject(turn, 'error') ?? turn
}

function factsOf(source: unknown): Facts {
  const code = readMember(source, 'code')
  const info =
    readMember(source, 'codexErrorInfo') ?? readMember(readMember(source, 'data'), 'codexErrorInfo')
  const rpcCode = readNumber(source, 'rpcCode') ?? (typeof code === 'number' ? code : undefined)
  const close = [readObject(source, 'reason'), source].find(isCloseReason)
  return {
    source,
    message: typeof source === 'string' ? source : readText(source, 'message'),
    additionalDetails: readText(source, 'additionalDetails'),
    name: readText(source, 'name'),
    code: typeof code === 'string' ? code : readText(source, 'errno'),
    rpcCode,
    data: readMember(source, 'data'),
    method: readText(source, 'method'),
    codexErrorInfo: info === null ? undefined : toJson(info, (text) => text),
    isTurnError: isTurnError(source),
    state: readText(source, 'status'),
    httpStatus: readStatus(source),
    close,
    exitCode: readNumber(source, 'exitCode') ?? readNumber(close, 'exitCode'),
    signal: readText(source, 'signal') ?? readText(close, 'signal'),
    stderrTail: readText(source, 'stderrTail') ?? readText(close, 'stderrTail'),
    isUnsent: readMember(source, 'requestWritten') === false,
  }
}

function isTurnError(source: unknown): boolean {
  return (
    readMember(source, 'codexErrorInfo') !== undefined ||
    readMember(source, 'additionalDetails') !== undefined
  )
}

function isCloseReason(value: unknown): value is object {
  const kind = readMember(value, 'kind')
  return (
    (kind === 'local' || kind === 'remote' || kind === 'error') &&
    typeof readMember(value, 'message') === 'string'
  )
}

function readStatus(source: unknown): number | undefined {
  for (const key of ['httpStatus', 'statusCode', 'status', 'httpStatusCode']) {
    const status = readNumber(source, key)
    if (status !== undefined && Number.isInteger(status) && status >= 100 && status <= 599) return status
  }
  return undefined
}
