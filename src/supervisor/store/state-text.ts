import { DamagedFileError, NewerFileError } from '../files/errors.js'
import { readLines } from '../files/read-lines.js'
import { readCheckedLine, toCheckedLine } from './checked-line.js'
import { isPlainObject } from './json-text.js'
import { type Effect, RecordTable } from './record-table.js'

// The file: a head, then lines of changes. The head and the lines that it counts were put in place at once and
// hold all records of that moment; each further line is what was acknowledged at once, and all of it or nothing.

const FORMAT = 'codex-conduit-store'
const FORMAT_VERSION = 1
/** About how much of the records stands in one line, in characters. */
const LINE_WEIGHT = 256 * 1_024

/** What a file of state says. */
export interface StateText {
  readonly table: RecordTable
  /** Version of the schema that the records have. */
  readonly schemaVersion: number
  /** How many lines of changes there are. */
  readonly lines: number
  /** Bytes up to where its writer was stopped. */
  readonly size: number
}

interface Head {
  readonly schemaVersion: number
  readonly lines: number
}

interface Line {
  readonly offset: number
  readonly value: unknown
}

/** The line of some changes that are acknowledged at once. */
export function changesLine(number: number, effects: readonly Effect[]): Buffer {
  const changes = effects.map(({ kind, key, text }) => {
    const names = `${JSON.stringify(kind)},${JSON.stringify(key)}`
    return text === undefined ? `[${names}]` : `[${names},${text}]`
  })
  return toCheckedLine(`{"line":${number},"changes":[${changes.join(',')}]}`)
}

/** A whole file that holds these records and nothing else, and how many lines of changes it has. */
export function stateText(
  table: RecordTable,
  schemaVersion: number,
): { readonly parts: readonly Buffer[]; readonly lines: number } {
  const parts: Buffer[] = []
  let effects: Effect[] = []
  let weight = 0
  for (const record of table.all()) {
    effects.push(record)
    weight += record.text.length
    if (weight < LINE_WEIGHT) continue
    parts.push(changesLine(parts.length + 1, effects))
    effects = []
    weight = 0
  }
  if (effects.length > 0) parts.push(changesLine(parts.length + 1, effects))
  const lines = parts.length
  const head = { format: FORMAT, version: FORMAT_VERSION, schemaVersion, lines }
  return { parts: [toCheckedLine(JSON.stringify(head)), ...parts], lines }
}

/** Reads a file of state. Throws {@link DamagedFileError} and {@link NewerFileError}. */
export function readStateText(contents: Buffer, file: string): StateText {
  const { values, size } = readLines<Line>(contents, file, (line, offset) => {
    const value = readCheckedLine(line)
    return value === undefined ? undefined : { offset, value }
  })
  const [first, ...rest] = values
  const head = first && readHead(first.value, file)
  if (!head) throw new DamagedFileError(file, 0, 'it does not begin as the file of a store does')
  const table = new RecordTable()
  for (const [index, { offset, value }] of rest.entries()) {
    const effects = readChanges(value, index + 1)
    if (!effects) throw new DamagedFileError(file, offset, 'a line does not follow the one before it')
    for (const effect of effects) table.apply(effect)
  }
  if (rest.length < head.lines) {
    throw new DamagedFileError(file, size, `${head.lines - rest.length} lines of records are missing`)
  }
  return { table, schemaVersion: head.schemaVersion, lines: rest.length, size }
}

function readHead(value: unknown, file: string): Head | undefined {
  if (!isPlainObject(value) || value.format !== FORMAT) return undefined
  const { version, schemaVersion, lines } = value
  if (!isCount(version)) return undefined
  if (version > FORMAT_VERSION) throw new NewerFileError(file, 'file format', version, FORMAT_VERSION)
  return isCount(schemaVersion) && isCount(lines) ? { schemaVersion, lines } : undefined
}

function readChanges(value: unknown, number: number): readonly Effect[] | undefined {
  if (!isPlainObject(value) || value.line !== number || !Array.isArray(value.changes)) return undefined
  const effects: Effect[] = []
  for (const change of value.changes as readonly unknown[]) {
    const effect = readChange(change)
    if (!effect) return undefined
    effects.push(effect)
  }
  return effects
}

function readChange(change: unknown): Effect | undefined {
  if (!Array.isArray(change)) return undefined
  const [kind, key, value] = change as readonly unknown[]
  if (typeof kind !== 'string' || typeof key !== 'string') return undefined
  if (change.length === 2) return { kind, key }
  return change.length === 3 && isPlainObject(value) ? { kind, key, text: JSON.stringify(value) } : undefined
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
