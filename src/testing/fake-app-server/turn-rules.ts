import { InvalidInputError } from '../../util/errors.js'
import { checkInteger, checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { FakeTurn, TurnScript } from './turn-script.js'

/**
 * Which turns a script answers: those whose input contains a text, matches an expression, or is accepted by a
 * function, which is also given the turn.
 */
export type TurnMatcher = string | RegExp | ((text: string, turn: FakeTurn) => boolean)

/** Settings of `fake.onTurn`. */
export interface TurnRuleOptions {
  /** How many turns the script answers, from 1; later ones go to the scripts behind it. @default all */
  readonly times?: number
}

interface TurnRule {
  readonly matches: (turn: FakeTurn) => boolean
  readonly script: TurnScript
  left: number
}

/** The scripts of a fake server; the first that matches answers a turn. */
export class TurnRules {
  #rules: TurnRule[] = []

  /** Adds a script. Returns a function that takes it away. */
  add(matcher: TurnMatcher | undefined, script: unknown, options: TurnRuleOptions = {}): () => void {
    if (typeof script !== 'function') throw new InvalidInputError('script', script, 'a function')
    checkOptions('options', options)
    checkKnownKeys(options, { times: true })
    const left = checkInteger('times', options.times, Number.MAX_SAFE_INTEGER, 1)
    const rule: TurnRule = { matches: readMatcher(matcher), script: script as TurnScript, left }
    this.#rules.push(rule)
    return () => {
      this.#rules = this.#rules.filter((one) => one !== rule)
    }
  }

  /** The script for a turn; `undefined` when none matches. */
  take(turn: FakeTurn): TurnScript | undefined {
    const rule = this.#rules.find(({ left, matches }) => left > 0 && matches(turn))
    if (rule) rule.left -= 1
    return rule?.script
  }
}

function readMatcher(matcher: TurnMatcher | undefined): (turn: FakeTurn) => boolean {
  if (matcher === undefined) return () => true
  if (typeof matcher === 'string') return ({ text }) => text.includes(matcher)
  // A fresh search each time: an expression that remembers where it was would skip turns.
  if (matcher instanceof RegExp) return ({ text }) => text.search(matcher) !== -1
  if (typeof matcher === 'function') return (turn) => matcher(turn.text, turn)
  throw new InvalidInputError('matcher', matcher, 'a string, a regular expression or a function')
}
