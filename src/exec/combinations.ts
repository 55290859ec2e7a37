import { InvalidInputError } from '../util/errors.js'
import type { ExecRequest } from './request.js'

/** Options that Codex 0.169.0 takes for a review and then ignores, or refuses. */
const NOT_FOR_REVIEWS = ['prompt', 'images', 'outputSchema'] as const

/**
 * Checks what no member of a request can tell alone. Throws {@link InvalidInputError} naming the member that is
 * missing or too much.
 */
export function checkCombinations(request: ExecRequest<unknown>): void {
  const sources = (['resume', 'fork', 'review'] as const).filter((name) => request[name] !== undefined)
  const [first, second] = sources
  if (second !== undefined)
    throw new InvalidInputError(second, request[second], `nothing beside \`${first}\``)
  if (request.resumeFromAnyFolder === true && request.resume !== 'last') {
    throw new InvalidInputError('resumeFromAnyFolder', true, "nothing, unless `resume` is 'last'")
  }
  if (request.review === undefined) {
    // Codex trims what it reads, and refuses what is empty then.
    if (request.prompt?.trim()) return
    throw new InvalidInputError('prompt', request.prompt, 'a text that is not blank')
  }
  for (const name of NOT_FOR_REVIEWS) {
    if (request[name] !== undefined)
      throw new InvalidInputError(name, request[name], 'nothing beside `review`')
  }
}
