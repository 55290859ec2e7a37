import type { Turn, TurnEvent, TurnResult } from '../../client/index.js'
import type { Sent } from '../../protocol/index.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkOneOf, checkOptions, checkSignal } from '../../util/validate.js'
import { abortError, busyError, closedError, startError, turnEnded } from './errors.js'
import { EventMapper, errorText } from './event-mapper.js'
import type { ThreadEvent } from './events.js'
import { toTurnInput } from './input.js'
import type { OpenThread } from './loaded-threads.js'
import type { EarlyNotices } from './notices.js'
import type { CyberAccessProgram, Input, TurnOptions } from './options.js'
import type { ServerLease, SharedServer } from './shared-server.js'
import type { ThreadRequest } from './thread-request.js'
import { takeTurnPlace } from './turn-places.js'

/** What a turn needs of the thread it belongs to. */
export interface TurnOwner {
  readonly server: SharedServer
  /** The Codex home as the program names it. */
  readonly home: string
  readonly id: string | null
  /** Reads the thread's options. Throws for wrong ones. */
  request(): ThreadRequest
  /** Told the id of the thread, once it is known. */
  opened(id: string): void
}

interface StartedTurn {
  readonly turn: Turn<unknown>
  readonly takeNotices: (turnId: string) => EarlyNotices
}

/** How the app-server spells the access programs. */
const ACCESS_PROGRAMS = {
  standard: 'standard',
  daybreak_blue: 'daybreakBlue',
  daybreak_red: 'daybreakRed',
} as const satisfies Record<CyberAccessProgram, Sent.CyberAccessProgram>

/** One turn of a thread, as the events of the official package. */
export class TurnStream {
  readonly #owner: TurnOwner
  readonly #input: Input
  readonly #options: TurnOptions
  readonly #mapper = new EventMapper()
  #result: TurnResult<unknown> | undefined

  constructor(owner: TurnOwner, input: Input, options: TurnOptions) {
    this.#owner = owner
    this.#input = input
    this.#options = options
  }

  /** What became of the turn, once its last event has been read. */
  get result(): TurnResult<unknown> | undefined {
    return this.#result
  }

  /**
   * Runs the turn when the first event is asked for. Throws a `CodexSdkError` where the official package throws: in
   * place of an event when Codex cannot be started, ends or the signal aborts, and behind `turn.failed`. Leaving
   * early interrupts the turn.
   */
  async *events(): AsyncGenerator<ThreadEvent> {
    const { turn, takeNotices } = await this.#start()
    try {
      yield { type: 'thread.started', thread_id: turn.threadId }
      let told: ReadonlySet<unknown> = new Set()
      for await (const event of turn) {
        if (event.type === 'turn.started') {
          const early = takeNotices(event.turnId)
          told = early.told
          for (const message of early.messages) yield this.#mapper.notice(message)
        }
        if (event.type === 'turn.completed') yield* this.#end(event)
        else if (event.type !== 'warning' || !told.has(event.raw)) yield* this.#mapper.map(event)
      }
      this.#result = await turn.result
      this.#throwUnlessCompleted(this.#result)
    } finally {
      // Somebody left early: the thread is to be ready for the next turn.
      await turn.interrupt()
    }
  }

  async #start(): Promise<StartedTurn> {
    const { signal } = this.#options
    const { owner, params, request } = this.#prepare()
    if (signal?.aborted) throw abortError(signal)
    // Taken at once, before anything is waited for: who asks first has the turn.
    let leave = owner.id === null ? undefined : takePlace(owner.home, owner.id)
    let lease: ServerLease | undefined
    let open: OpenThread | undefined
    const release = () => {
      open?.release()
      lease?.release()
      leave?.()
    }
    try {
      lease = await owner.server.acquire(signal)
      const { server } = lease
      open = await server.threads.open(owner.id, request, { signal })
      owner.opened(open.thread.id)
      leave ??= takePlace(owner.home, open.thread.id)
      const { thread, policy, isFresh } = open
      const { input, ...rest } = params
      const sandbox = policy === undefined ? {} : { sandboxPolicy: policy }
      const turn = thread.stream(input, { ...rest, ...sandbox, checkOutputSchema: false, signal })
      // The turn's end and not its last read: a reader may stop without saying so.
      void turn.result.then(release)
      return { turn, takeNotices: (turnId) => server.notices.take(turnId, isFresh) }
    } catch (error) {
      release()
      if (signal?.aborted) throw abortError(signal)
      if (owner.server.isClosed) throw closedError()
      throw startError(error, { phase: open === undefined ? 'thread' : 'turn-start' })
    }
  }

  #prepare() {
    checkOptions('options', this.#options)
    const { cyberAccessProgram, outputSchema, signal } = this.#options
    checkSignal('signal', signal)
    checkOneOf('cyberAccessProgram', cyberAccessProgram, Object.keys(ACCESS_PROGRAMS))
    const schema = outputSchema === undefined ? {} : { outputSchema: jsonObject(outputSchema) }
    const input: Sent.UserInput[] = toTurnInput(this.#input)
    const access =
      cyberAccessProgram === undefined ? {} : { cyberAccessProgram: ACCESS_PROGRAMS[cyberAccessProgram] }
    return { owner: this.#owner, request: this.#owner.request(), params: { input, ...schema, ...access } }
  }

  *#end(event: Extract<TurnEvent, { type: 'turn.completed' }>): Iterable<ThreadEvent> {
    const { status, raw, failure } = event
    if (status === 'completed') {
      yield* this.#mapper.end()
      yield { type: 'turn.completed', usage: this.#mapper.usage }
      return
    }
    // What was asked for, and what ended with its process, is no failed turn.
    const isAborted = status === 'interrupted' && this.#options.signal?.aborted === true
    if (isAborted || failure?.kind === 'turn-interrupted' || raw?.method !== 'turn/completed') return
    yield* this.#mapper.end()
    const error: unknown = raw.params.turn?.error
    const message = error == null ? this.#mapper.lastError : errorText(error)
    yield { type: 'turn.failed', error: { message: message ?? failure?.message ?? 'turn failed' } }
  }

  #throwUnlessCompleted({ status, failure }: TurnResult<unknown>): void {
    if (status === 'completed' || failure === undefined) return
    const { signal } = this.#options
    if (status === 'interrupted' && signal?.aborted) throw abortError(signal)
    if (this.#owner.server.isClosed) throw closedError()
    throw turnEnded(failure)
  }
}

/** Throws as for a turn that Codex refuses while another one of the thread runs. */
function takePlace(home: string, threadId: string): () => void {
  const leave = takeTurnPlace(home, threadId)
  if (leave) return leave
  throw startError(busyError(threadId), { phase: 'thread', requestWritten: false })
}

function jsonObject(schema: unknown): Record<string, unknown> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new InvalidInputError('outputSchema', schema, 'a plain JSON object')
  }
  try {
    JSON.stringify(schema)
  } catch (cause) {
    throw new InvalidInputError('outputSchema', schema, 'an object that can be written as JSON', { cause })
  }
  return schema as Record<string, unknown>
}
