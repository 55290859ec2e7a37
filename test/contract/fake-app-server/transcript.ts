import { type Difference, leftOut, masked, unordered } from './differences.js'
import type { Logged, LoggedMessage } from './logged-transport.js'

/** What a connection looked like, without what cannot be the same twice. */
export interface Transcript {
  /** The answers, in the order of the requests. */
  readonly answers: readonly unknown[]
  /** What was told and asked, in order, each thread and turn alone. */
  readonly events: readonly unknown[]
  /** What has no place among the events, each kind in its own order. */
  readonly statuses: readonly unknown[]
}

const namesIn = (differences: readonly Difference[]) => differences.flatMap(({ what }) => what)
const LEFT_OUT = new Set(namesIn(leftOut))
const UNORDERED = new Set(namesIn(unordered))
const MASKED = new Set(namesIn(masked))
const TIMES = /(?:At|AtMs|durationMs|Ordinal)$/
const PROVIDER = /http:\/\/127\.0\.0\.1:\d+/
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g

/** The real server unloads a thread when it likes, and may tell so once more. */
function isLeftOut({ method, params }: LoggedMessage): boolean {
  const { status } = (params ?? {}) as { readonly status?: { readonly type?: unknown } }
  const isUnloaded = method === 'thread/status/changed' && status?.type === 'notLoaded'
  return isUnloaded || LEFT_OUT.has(method ?? '')
}

/** Makes transcripts of the same behaviour the same. */
export function transcribe(log: readonly Logged[]): Transcript {
  const server = log.filter(({ from }) => from === 'server').map(({ message }) => message)
  const client = log.filter(({ from }) => from === 'client').map(({ message }) => message)
  const name = new Names()
  const asked = client.filter(({ method, id }) => method !== undefined && id !== undefined)
  const answers = asked.map(({ method, id }) => {
    const answer = server.find((one) => one.method === undefined && one.id === id)
    return { to: method, result: name.mask(answer?.result), error: name.mask(answer?.error) }
  })
  const told = server.filter((message) => message.method !== undefined && !isLeftOut(message))
  const shown = (message: LoggedMessage) => ({
    method: message.method,
    id: message.id,
    params: name.mask(message.params),
  })
  const statuses = told.filter(({ method }) => UNORDERED.has(method ?? ''))
  return {
    answers,
    events: told.filter(({ method }) => !UNORDERED.has(method ?? '')).map(shown),
    statuses: statuses.sort(byMethod).map(shown),
  }
}

/** Statuses of one kind keep their order; kinds have none among each other. */
function byMethod(a: LoggedMessage, b: LoggedMessage): number {
  return String(a.method) < String(b.method) ? -1 : a.method === b.method ? 0 : 1
}

/** The methods of the events of a transcript. */
export function methodsOf({ events }: Transcript): string[] {
  return events.map((event) => (event as { method: string }).method)
}

/** Gives ids names by their form and the order in which they are seen. */
class Names {
  readonly #names = new Map<string, string>()

  mask(value: unknown, key = ''): unknown {
    if (typeof value === 'number' && TIMES.test(key)) return '<time>'
    if (typeof value === 'string') return this.#maskText(value, key)
    if (Array.isArray(value)) return value.map((one) => this.mask(one, key))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, member]) => [this.#maskText(name, ''), this.mask(member, name)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }

  #maskText(text: string, key: string): string {
    if (MASKED.has(key)) return `<${key}>`
    const isItem = /^(?:msg|call|rs)_\w+$/.test(text)
    if (isItem) return this.#name(text, text.slice(0, text.indexOf('_')))
    return text
      .replace(PROVIDER, '<url>')
      .replaceAll(UUID, (uuid, version: string) => this.#name(uuid, `uuid${version}`))
  }

  #name(id: string, form: string): string {
    const known = this.#names.get(id)
    if (known !== undefined) return known
    const name = `<${form} ${this.#names.size + 1}>`
    this.#names.set(id, name)
    return name
  }
}
