import type { Sent } from '../protocol/index.js'
import { InvalidInputError } from '../util/errors.js'

/** An image given by its bytes. */
export interface ImageData {
  readonly type: 'imageData'
  readonly data: Uint8Array
  /** @default 'image/png' */
  readonly mediaType?: string
}

/**
 * What the user says: text, or a list of parts. A string in a list is text; images are
 * `{ type: 'localImage', path }`, `{ type: 'image', url }` or {@link ImageData}.
 */
export type TurnInput = string | readonly (string | Sent.UserInput | ImageData)[]

/** Longest text input that Codex accepts, in characters over all parts (measured; it answers -32602 beyond). */
export const MAX_INPUT_CHARACTERS = 1_048_576

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ['text'],
  localImage: ['path'],
  localAudio: ['path'],
  skill: ['name', 'path'],
  mention: ['name', 'path'],
}

/**
 * Turns what the caller gave into what Codex takes. Throws {@link InvalidInputError} naming the part, before
 * anything is sent.
 */
export function toUserInput(input: TurnInput, option = 'input'): Sent.UserInput[] {
  if (typeof input !== 'string' && !Array.isArray(input)) {
    throw new InvalidInputError(option, input, 'a string or a list of parts')
  }
  const parts: readonly unknown[] = typeof input === 'string' ? [input] : input
  if (parts.length === 0 || parts.every((part) => part === '')) {
    throw new InvalidInputError(option, input, 'at least one part that is not empty')
  }
  const inputs = parts.map((part, index) =>
    toPart(part, typeof input === 'string' ? option : `${option}[${index}]`),
  )
  if (countCharacters(inputs) > MAX_INPUT_CHARACTERS) {
    throw new InvalidInputError(option, input, `at most ${MAX_INPUT_CHARACTERS} characters of text`)
  }
  return inputs
}

function countCharacters(inputs: readonly Sent.UserInput[]): number {
  const texts = inputs.map((part) => (part.type === 'text' ? part.text : ''))
  const units = texts.reduce((sum, text) => sum + text.length, 0)
  // Codex counts code points, of which there are never more than units.
  if (units <= MAX_INPUT_CHARACTERS) return units
  let pairs = 0
  for (const text of texts) pairs += text.match(/[\u{10000}-\u{10ffff}]/gu)?.length ?? 0
  return units - pairs
}

function toPart(part: unknown, option: string): Sent.UserInput {
  if (typeof part === 'string') return { type: 'text', text: part, text_elements: [] }
  if (typeof part !== 'object' || part === null || Array.isArray(part)) {
    throw new InvalidInputError(option, part, 'a string or an input part')
  }
  const { type } = part as { type?: unknown }
  if (typeof type !== 'string') throw new InvalidInputError(`${option}.type`, type, 'the kind of the part')
  if (type === 'imageData') return toImage(part as ImageData, option)
  const fields = part as unknown as Record<string, unknown>
  for (const field of FIELDS[type] ?? []) {
    if (typeof fields[field] !== 'string' || fields[field] === '') {
      throw new InvalidInputError(`${option}.${field}`, fields[field], 'a non-empty string')
    }
  }
  const source = fields.url ?? fields.fileId
  if ((type === 'image' || type === 'audio') && (typeof source !== 'string' || source === '')) {
    throw new InvalidInputError(`${option}.url`, fields.url, 'a URL')
  }
  return part as Sent.UserInput
}

function toImage({ data, mediaType = 'image/png' }: ImageData, option: string): Sent.UserInput {
  if (!(data instanceof Uint8Array) || data.length === 0) {
    throw new InvalidInputError(`${option}.data`, data, 'the bytes of an image')
  }
  if (!/^image\/[\w.+-]+$/.test(mediaType)) {
    throw new InvalidInputError(`${option}.mediaType`, mediaType, "an image type such as 'image/png'")
  }
  const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  return { type: 'image', url: `data:${mediaType};base64,${base64}` }
}
