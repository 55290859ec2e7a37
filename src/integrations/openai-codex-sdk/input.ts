import { resolve } from 'node:path'
import type { Sent } from '../../protocol/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { refused } from './errors.js'
import type { Input } from './options.js'

/**
 * What the user says, in the order that Codex gets it from the official package: images first, then all texts as
 * one. Throws a `CodexSdkError` when there is no text, as Codex does, and `InvalidInputError` for wrong parts.
 */
export function toTurnInput(input: Input): Sent.UserInput[] {
  const { text, images } = split(input)
  if (text.trim() === '') throw refused('No prompt provided via stdin.\n')
  return [
    // The app-server's own working folder may have been another one.
    ...images.map((path): Sent.UserInput => ({ type: 'localImage', path: resolve(path) })),
    { type: 'text', text, text_elements: [] },
  ]
}

function split(input: Input): { readonly text: string; readonly images: readonly string[] } {
  if (typeof input === 'string') return { text: input, images: [] }
  if (!Array.isArray(input)) throw new InvalidInputError('input', input, 'a string or a list of parts')
  const texts: string[] = []
  const images: string[] = []
  for (const [index, part] of input.entries()) {
    // Parts of other types are passed over, as the official package does.
    if (part?.type === 'text') texts.push(checkText(`input[${index}].text`, part.text))
    else if (part?.type === 'local_image') images.push(checkText(`input[${index}].path`, part.path))
  }
  return { text: texts.join('\n\n'), images }
}

function checkText(option: string, value: unknown): string {
  if (typeof value !== 'string') throw new InvalidInputError(option, value, 'a string')
  return value
}
