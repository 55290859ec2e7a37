import type { JsonValue } from './failure.js'

const MAX_DEPTH = 4
const MAX_MEMBERS = 32

/** Whether a value has members that can be read. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Reads a member of anything; what a getter or a proxy throws counts as absent. */
export function readMember(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined
  try {
    return (value as Record<string, unknown>)[key]
  } catch {
    return undefined
  }
}

/** Reads a member that is a string and not empty. */
export function readText(value: unknown, key: string): string | undefined {
  const member = readMember(value, key)
  return typeof member === 'string' && member !== '' ? member : undefined
}

/** Reads a member that is a finite number. */
export function readNumber(value: unknown, key: string): number | undefined {
  const member = readMember(value, key)
  return typeof member === 'number' && Number.isFinite(member) ? member : undefined
}

/** Reads a member that is an object, arrays included. */
export function readObject(value: unknown, key: string): object | undefined {
  const member = readMember(value, key)
  return typeof member === 'object' && member !== null ? member : undefined
}

/** The first elements of an array; nothing for anything else. */
export function readItems(value: unknown, limit = MAX_MEMBERS): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, limit) : []
  } catch {
    return []
  }
}

/** A bounded copy that JSON can carry, its strings passed through `text`; `undefined` when there is none. */
export function toJson(value: unknown, text: (value: string) => string, depth = 0): JsonValue | undefined {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'boolean' || value === null) return value
  // JSON has neither infinities nor a negative zero.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return undefined
  try {
    if (Array.isArray(value)) {
      return readItems(value).map((item) => toJson(item, text, depth + 1) ?? null)
    }
    const copy: [string, JsonValue][] = []
    for (const key of Object.keys(value).slice(0, MAX_MEMBERS)) {
      const member = toJson(readMember(value, key), text, depth + 1)
      if (member !== undefined) copy.push([text(key), member])
    }
    // fromEntries defines members, so that a key such as __proto__ stays data.
    return Object.fromEntries(copy)
  } catch {
    return undefined
  }
}
