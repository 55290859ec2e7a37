import type { WireMessage } from '../../rpc/transport.js'
import { InvalidInputError } from '../../util/errors.js'
import {
  checkFunction,
  checkInteger,
  checkKnownKeys,
  checkOptions,
  checkString,
} from '../../util/validate.js'

/** A message as conditions see it: every member may be absent or of any type. */
export interface MessageView {
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: unknown
}

/** Which messages a fault concerns: those that meet every condition that is given. */
export interface MessageMatch {
  /** Method of the request or notification. @default any message */
  readonly method?: string | undefined
  /** Method of the request that the message answers, sent over the same transport. @default any message */
  readonly answerTo?: string | undefined
  /**
   * A further condition. What it throws comes out of `send()`, or goes to `onerror` for a message that was
   * received, which then passes. @default none
   */
  readonly when?: ((message: MessageView) => boolean) | undefined
  /** The first message concerned, counted from 1 among those that meet the conditions. @default 1 */
  readonly nth?: number | undefined
  /** How many messages are concerned, from the first on. @default 1 with `nth`, otherwise all */
  readonly times?: number | undefined
}

/** Tells which method a message answers; `undefined` for what is no answer. */
export type AnswerLookup = (message: WireMessage) => string | undefined

const KEYS = { method: true, answerTo: true, when: true, nth: true, times: true } as const

/**
 * Checks a match; a string is short for a method. Returns a function that makes counters, one for each
 * transport. Throws `InvalidInputError` naming what is wrong.
 */
export function checkMatch(
  given: string | MessageMatch | undefined,
): (methodAnswered: AnswerLookup) => (message: WireMessage) => boolean {
  const match: MessageMatch = typeof given === 'string' ? { method: given } : (given ?? {})
  checkOptions('match', match)
  checkKnownKeys(match, KEYS)
  checkString('method', match.method)
  checkString('answerTo', match.answerTo)
  checkFunction('when', match.when)
  if (match.method !== undefined && match.answerTo !== undefined) {
    throw new InvalidInputError('answerTo', match.answerTo, 'nothing: an answer has no `method`')
  }
  const first = checkInteger('nth', match.nth, 1, 1)
  const times = checkInteger('times', match.times, match.nth === undefined ? 2 ** 53 - 1 : 1, 1)
  return (methodAnswered) => {
    let seen = 0
    return (message) => {
      if (!meets(message, match, methodAnswered)) return false
      seen += 1
      return seen >= first && seen - first < times
    }
  }
}

function meets(message: WireMessage, match: MessageMatch, methodAnswered: AnswerLookup): boolean {
  const view = message as MessageView
  const { method, answerTo, when } = match
  if (method !== undefined && view.method !== method) return false
  if (answerTo !== undefined && methodAnswered(message) !== answerTo) return false
  return when === undefined || when(view)
}
