import { classifyName, type NameKind } from './names.js'
import { isReference, looksPassword, looksSecret } from './values.js'

/** How deep a value is followed; what lies deeper is replaced by {@link TOO_DEEP}. */
const MAX_DEPTH = 64
/** Longest flag or header name that is looked for in a list. */
const MAX_ANNOUNCEMENT = 128
const TOO_DEEP = '[too deep]'
const CIRCULAR = '[circular]'
const UNREADABLE = '[unreadable]'

/** Types that JSON Schema knows: a field called `password` with one of them describes a password. */
const SCHEMA_TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])
/** Fields of a pair such as `{ name: 'Authorization', value: '…' }`. */
const PAIR_NAMES = ['name', 'key', 'header']

/** What the walk needs to know about its redactor. */
export interface JsonContext {
  readonly marker: string
  readonly keys: ReadonlySet<string>
  redact(text: string): string
}

/**
 * A copy of any value as plain JSON data without its secrets: strings are redacted as text, and what stands
 * under a telling name is removed whatever it looks like. Never throws and never changes its argument.
 */
export function redactValue(value: unknown, context: JsonContext): unknown {
  return new JsonWalk(context).copy(value, 'none', 0)
}

class JsonWalk {
  readonly #context: JsonContext
  readonly #ancestors = new Set<object>()
  /** Copies by what the name above the original says, and by original. */
  readonly #copies = new Map<NameKind, Map<object, unknown>>()

  constructor(context: JsonContext) {
    this.#context = context
  }

  /** Copies a value whose name is of a kind; below a telling name, every string is a secret. */
  copy(value: unknown, kind: NameKind, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return this.#string(value, kind)
      case 'number':
      case 'bigint':
        return this.#number(value, kind)
      case 'function':
        return '[function]'
      case 'symbol':
        return '[symbol]'
      case 'object':
        return value === null ? null : this.#object(value, kind, depth)
      default:
        return value
    }
  }

  #string(value: string, kind: NameKind): string {
    if (value === '') return value
    const text = this.#context.redact(value)
    if (kind === 'none' || isReference(value)) return text
    if (kind === 'maybe') return looksSecret(text) ? this.#context.marker : text
    if (kind === 'pass') return looksPassword(value) ? this.#context.marker : text
    return this.#context.marker
  }

  #number(value: number | bigint, kind: NameKind): unknown {
    // Numbers under `token` are counts and positions; nobody's token is a number.
    const counts = kind === 'none' || kind === 'maybe' || kind === 'token' || kind === 'pass'
    if (!counts) return this.#context.marker
    return typeof value === 'bigint' ? this.#context.redact(value.toString()) : value
  }

  #object(value: object, kind: NameKind, depth: number): unknown {
    if (depth >= MAX_DEPTH) return TOO_DEEP
    if (this.#ancestors.has(value)) return CIRCULAR
    const below = kind === 'pass' || isSchema(value) ? 'none' : kind
    const copies = this.#copies.get(below) ?? new Map<object, unknown>()
    this.#copies.set(below, copies)
    if (copies.has(value)) return copies.get(value)
    this.#ancestors.add(value)
    let copy: unknown
    try {
      copy = this.#contents(value, below, depth + 1)
    } catch {
      copy = UNREADABLE
    } finally {
      this.#ancestors.delete(value)
    }
    copies.set(value, copy)
    return copy
  }

  #contents(value: object, kind: NameKind, depth: number): unknown {
    if (Array.isArray(value)) return this.#list(value, kind, depth)
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
    if (value instanceof String || value instanceof Number || value instanceof Boolean) {
      return this.copy(value.valueOf(), kind, depth)
    }
    if (value instanceof Set) return this.#list([...value], kind, depth)
    if (value instanceof Map) return this.#map(value, kind, depth)
    if (value instanceof Error) return this.#error(value, kind, depth)
    const toJSON: unknown = Reflect.get(value, 'toJSON')
    if (typeof toJSON === 'function') {
      const plain: unknown = Reflect.apply(toJSON, value, [])
      // A function that answers with its own object has nothing else to say.
      return plain === value
        ? this.#fields(value, Object.keys(value), kind, depth)
        : this.copy(plain, kind, depth)
    }
    return this.#fields(value, Object.keys(value), kind, depth)
  }

  /** A list; in an argv or a flat list of headers, the element before says what the next one is. */
  #list(value: readonly unknown[], kind: NameKind, depth: number): unknown[] {
    const copy: unknown[] = []
    let before: unknown
    for (const element of value) {
      const announced =
        typeof before === 'string' && typeof element === 'string' ? this.#announces(before) : 'none'
      const hidden = announced !== 'none' && typeof element === 'string' && !element.startsWith('-')
      copy.push(this.copy(element, hidden ? announced : kind, depth))
      before = element
    }
    return copy
  }

  /** What `--token` or `Authorization` says about the element after it. */
  #announces(element: string): NameKind {
    if (element.length > MAX_ANNOUNCEMENT) return 'none'
    const isFlag = /^--[a-z][\w-]*$/i.test(element)
    const isHeader = /^[a-z]+-[a-z-]+:?$|^(?:authorization|cookie):?$/i.test(element)
    return isFlag || isHeader ? this.#classify(element) : 'none'
  }

  #map(value: ReadonlyMap<unknown, unknown>, kind: NameKind, depth: number): unknown {
    const entries = [...value]
    if (!entries.every(([key]) => typeof key === 'string')) {
      return entries.map((entry) => this.#list(entry, kind, depth))
    }
    return Object.fromEntries(entries.map(([key, element]) => this.#entry(String(key), element, kind, depth)))
  }

  #error(value: Error, kind: NameKind, depth: number): unknown {
    const known = ['name', 'message', 'stack', 'cause'].filter((key) => key in value)
    return this.#fields(value, [...new Set([...known, ...Object.keys(value)])], kind, depth)
  }

  #fields(value: object, keys: readonly string[], kind: NameKind, depth: number): unknown {
    const paired = this.#pairKind(value, keys)
    const entries = keys.map((key): readonly [string, unknown] => {
      let element: unknown
      try {
        element = Reflect.get(value, key)
      } catch {
        return [this.#context.redact(key), UNREADABLE]
      }
      return this.#entry(key, element, key === 'value' && paired !== 'none' ? paired : kind, depth)
    })
    return Object.fromEntries(entries)
  }

  /** What the name in `{ name, value }` says about the value. */
  #pairKind(value: object, keys: readonly string[]): NameKind {
    if (!keys.includes('value')) return 'none'
    for (const key of PAIR_NAMES) {
      if (!keys.includes(key)) continue
      try {
        const name: unknown = Reflect.get(value, key)
        if (typeof name === 'string') return this.#classify(name)
      } catch {
        return 'none'
      }
    }
    return 'none'
  }

  #entry(key: string, value: unknown, kind: NameKind, depth: number): readonly [string, unknown] {
    const own = this.#classify(key)
    return [this.#context.redact(key), this.copy(value, own === 'none' ? kind : own, depth)]
  }

  #classify(name: string): NameKind {
    return classifyName(name, this.#context.keys)
  }
}

function isSchema(value: object): boolean {
  try {
    const type: unknown = Reflect.get(value, 'type')
    return (typeof type === 'string' && SCHEMA_TYPES.has(type)) || Reflect.has(value, '$ref')
  } catch {
    return false
  }
}
