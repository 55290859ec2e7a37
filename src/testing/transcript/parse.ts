import { readFile } from 'node:fs/promises'
import { InvalidInputError } from '../../util/errors.js'
import { TranscriptFormatError } from './errors.js'
import { TRANSCRIPT_VERSION, type Transcript, type TranscriptEntry, type TranscriptHeader } from './format.js'

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the text of a transcript. Members that it does not know are kept. Throws `TranscriptFormatError` naming
 * the line that is wrong.
 */
export function parseTranscript(text: string): Transcript {
  if (typeof text !== 'string') throw new InvalidInputError('text', text, 'the text of a transcript')
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const [first, ...rest] = lines.map(parseLine)
  if (first === undefined) throw new TranscriptFormatError(1, 'there is none: the transcript is empty')
  const header = checkHeader(first)
  let atMs = 0
  const entries = rest.map((fields, index) => {
    const line = index + 2
    const entry = checkEntry(fields, line)
    if (entry.atMs < atMs) throw new TranscriptFormatError(line, '`atMs` is before that of the line above')
    if (rest[index - 1]?.type === 'closed') {
      throw new TranscriptFormatError(line, 'nothing can follow the end of the connection')
    }
    atMs = entry.atMs
    return entry
  })
  return { header, entries }
}

/**
 * Reads a transcript from a file. Rejects with `TranscriptFormatError` naming the line that is wrong, or with
 * the error of the file system.
 */
export async function readTranscript(path: string | URL): Promise<Transcript> {
  if (!(path instanceof URL) && (typeof path !== 'string' || path === '')) {
    throw new InvalidInputError('path', path, 'the path of a file')
  }
  return parseTranscript(await readFile(path, 'utf8'))
}

function parseLine(text: string, index: number, lines: readonly string[]): Fields {
  const line = index + 1
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const isCut = index > 0 && index === lines.length - 1
    throw new TranscriptFormatError(
      line,
      `it is not JSON${isCut ? '; the recording may have been cut off' : ''}`,
    )
  }
  if (!isObject(value)) throw new TranscriptFormatError(line, 'it is not a JSON object')
  return value
}

function checkHeader(fields: Fields): TranscriptHeader {
  const { transcript, redacted, about } = fields
  if (typeof transcript !== 'number') {
    throw new TranscriptFormatError(1, 'it is not the header, which has the number `transcript`')
  }
  if (transcript !== TRANSCRIPT_VERSION) {
    throw new TranscriptFormatError(
      1,
      `the format is version ${transcript}; this library reads version ${TRANSCRIPT_VERSION}`,
    )
  }
  if (typeof redacted !== 'boolean') throw new TranscriptFormatError(1, '`redacted` must be true or false')
  if (about !== undefined && !isObject(about)) throw new TranscriptFormatError(1, '`about` must be an object')
  return fields as unknown as TranscriptHeader
}

function checkEntry(fields: Fields, line: number): TranscriptEntry {
  const { type, atMs } = fields
  if (typeof atMs !== 'number' || !(atMs >= 0)) {
    throw new TranscriptFormatError(line, '`atMs` must be a number of milliseconds, 0 or more')
  }
  const problem = problemOf(type, fields)
  if (problem !== undefined) throw new TranscriptFormatError(line, problem)
  return fields as unknown as TranscriptEntry
}

function problemOf(type: unknown, { message, error, reason }: Fields): string | undefined {
  switch (type) {
    case 'sent':
    case 'received':
      return typeof message === 'object' && message !== null
        ? undefined
        : '`message` must be a JSON-RPC message'
    case 'problem':
      return isErrorData(error) ? undefined : '`error` must have a name and a message'
    case 'closed':
      return isReason(reason) ? undefined : '`reason` must have a kind (local, remote or error) and a message'
    default:
      return '`type` must be sent, received, problem or closed'
  }
}

function isReason(value: unknown): boolean {
  if (!isObject(value) || typeof value.message !== 'string') return false
  const isKnown = value.kind === 'local' || value.kind === 'remote' || value.kind === 'error'
  return isKnown && (value.cause === undefined || isErrorData(value.cause))
}

function isErrorData(value: unknown): boolean {
  return isObject(value) && typeof value.name === 'string' && typeof value.message === 'string'
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
