import type { TurnEvent, TurnInput, TurnOptions } from '../../client/index.js'
import { toUserInput } from '../../client/input.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkOptions, checkString } from '../../util/validate.js'
import { checkJson } from '../sessions/options.js'

/** A turn to be started, or input for the one that runs. */
export interface CreateTurnOptions extends Omit<TurnOptions, 'clientUserMessageId' | 'output'> {
  readonly sessionId: string
  readonly input: TurnInput
  /** Steers this turn, by Codex's id, in place of starting one. Options of a turn then have no effect. */
  readonly expectedTurnId?: string | undefined
  /** Anything of the program's own for the record, as JSON data. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Receives the events of a turn that is started, in order. What it throws is dropped. */
  readonly onEvent?: ((event: TurnEvent) => void) | undefined
}

/** Checks what can be checked before Codex is asked. Throws `InvalidInputError`. */
export function checkTurn(options: CreateTurnOptions): void {
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkOptions('options', options)
  checkString('sessionId', options.sessionId ?? null)
  checkString('expectedTurnId', options.expectedTurnId)
  checkOptions('metadata', options.metadata)
  checkJson('metadata', options.metadata)
  checkFunction('onEvent', options.onEvent)
  toUserInput(options.input)
}
