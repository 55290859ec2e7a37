import type { TurnEvent, TurnInput, TurnOptions } from '../../client/index.js'
import { toUserInput } from '../../client/input.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkFunction, checkKnownKeys, checkOptions, checkString } from '../../util/validate.js'
import { checkFolder, checkJson } from '../sessions/options.js'

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

const KNOWN: Readonly<Record<keyof CreateTurnOptions, true>> = {
  sessionId: true,
  input: true,
  expectedTurnId: true,
  metadata: true,
  onEvent: true,
  signal: true,
  timeoutMs: true,
  stallTimeoutMs: true,
  outputSchema: true,
  checkOutputSchema: true,
  additionalContext: true,
  approvalPolicy: true,
  approvalsReviewer: true,
  collaborationMode: true,
  cwd: true,
  cyberAccessProgram: true,
  disabledPluginIds: true,
  effort: true,
  environments: true,
  model: true,
  multiAgentMode: true,
  parentTurnId: true,
  permissions: true,
  personality: true,
  responsesapiClientMetadata: true,
  responsesapiClientMetadataPatch: true,
  rootTurnId: true,
  runtimeWorkspaceRoots: true,
  sandboxPolicy: true,
  serviceTier: true,
  serviceTierForTurn: true,
  summary: true,
  toolOutput: true,
  turnTrigger: true,
}

/** Checks what can be checked before Codex is asked. Throws `InvalidInputError`. */
export function checkTurn(options: CreateTurnOptions): void {
  if (options === undefined) throw new InvalidInputError('options', options, 'an object')
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  checkString('sessionId', options.sessionId ?? null)
  checkString('expectedTurnId', options.expectedTurnId)
  checkOptions('metadata', options.metadata)
  checkJson('metadata', options.metadata)
  checkFunction('onEvent', options.onEvent)
  checkFolder('cwd', options.cwd)
  toUserInput(options.input)
}
