import type { CodexOptions, Thread, Turn, TurnEvent, TurnResult } from '../../src/client/index.js'
import { type ModelStub, reply } from '../../src/testing/index.js'

/** What a scenario plays with: a thread of the real Codex, or of a replay. */
export interface Scene {
  readonly thread: Thread
  /** Lets the model go on where the scenario made it wait; there is no model in a replay. */
  readonly goOn: () => void
}

/** What came of a scenario. */
export interface Outcome {
  readonly events: readonly TurnEvent[]
  readonly result: TurnResult<unknown>
}

/** A short conversation that is recorded from the real Codex and can be replayed. */
export interface Scenario {
  readonly name: string
  readonly options?: CodexOptions
  /** Tells the model what to say. Returns what lets it go on, when it is to wait. */
  readonly prepare: (stub: ModelStub) => (() => void) | undefined
  /** What the client does. Resolves when its turn has settled. */
  readonly play: (scene: Scene) => Promise<Outcome>
}

/** Reads a turn to its end, doing something at its first event of a type. */
async function read(
  turn: Turn<unknown>,
  at?: TurnEvent['type'],
  act?: () => Promise<void>,
): Promise<Outcome> {
  const events: TurnEvent[] = []
  let acting: Promise<void> | undefined
  for await (const event of turn) {
    events.push(event)
    if (event.type === at) acting ??= act?.()
  }
  await acting
  return { events, result: await turn.result }
}

const wants = (command: string) =>
  reply.execCommand(command, { escalate: 'must leave the sandbox', callId: 'call-1' })

const echo = (decision: 'accept' | 'decline', says: string): Omit<Scenario, 'name'> => ({
  options: { onApproval: () => decision },
  prepare: (stub) => void stub.enqueue(wants('echo hello'), reply.text(says)),
  play: ({ thread }) => read(thread.stream('Say hello in the shell')),
})

/** A reply that waits behind its first delta, then one more. */
function held(stub: ModelStub): () => void {
  const first = reply.hold(reply.text('first half', { chunks: ['first', ' half'] }), { afterDeltas: 1 })
  stub.enqueue(first, reply.text('second'))
  return () => first.release()
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'text-turn',
    prepare: (stub) => void stub.enqueue(reply.text('Hello there', { chunks: ['Hel', 'lo ', 'there'] })),
    play: ({ thread }) => read(thread.stream('Say hello')),
  },
  { name: 'command-accepted', ...echo('accept', 'It said hello.') },
  { name: 'command-declined', ...echo('decline', 'I may not.') },
  {
    name: 'provider-unauthorized',
    prepare: (stub) => void stub.enqueue(reply.httpError(401, { message: 'bad key' })),
    play: ({ thread }) => read(thread.stream('Say hello')),
  },
  {
    name: 'interrupted',
    prepare: held,
    play: ({ thread }) => {
      const turn = thread.stream('Say something long')
      return read(turn, 'message.delta', () => turn.interrupt())
    },
  },
  {
    name: 'steered',
    prepare: held,
    play: ({ thread, goOn }) => {
      const turn = thread.stream('Say something')
      return read(turn, 'message.delta', async () => {
        await turn.steer('And something else')
        goOn()
      })
    },
  },
]
