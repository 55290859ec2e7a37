import { Codex as Client } from '../../../src/client/index.js'
import type {
  ThreadEvent,
  ThreadOptions,
  TurnOptions,
} from '../../../src/integrations/openai-codex-sdk/index.js'
import { Thread } from '../../../src/integrations/openai-codex-sdk/index.js'
import { Notices } from '../../../src/integrations/openai-codex-sdk/notices.js'
import { Server } from '../../../src/integrations/openai-codex-sdk/server.js'
import { SharedServer } from '../../../src/integrations/openai-codex-sdk/shared-server.js'
import { tapTransport } from '../../../src/integrations/openai-codex-sdk/tap-transport.js'
import type { ExitStatus } from '../../../src/process/index.js'
import { memoryPair } from '../../../src/transports/memory.js'
import { deferred } from '../../../src/util/deferred.js'
import { AppServerDouble } from '../../client/support.js'

/** A server whose app-server is a double, and whose process is only counted. */
export interface ServerDouble {
  readonly server: Server
  readonly double: AppServerDouble
  /** Whether it keeps the program alive. */
  readonly isReferenced: () => boolean
  /** Its process exits; its connection stays as it is. */
  readonly exit: (status: ExitStatus) => void
}

export async function serverDouble(
  signal?: AbortSignal,
  prepare: (double: AppServerDouble) => void = () => {},
  idleTimeoutMs = Number.POSITIVE_INFINITY,
): Promise<ServerDouble> {
  const [near, far] = memoryPair()
  const double = new AppServerDouble(far)
  double.handle('config/read', () => ({ config: {} })).handle('thread/unsubscribe', () => ({}))
  double.handle('thread/loaded/list', () => ({ data: [], nextCursor: null }))
  let count = 0
  double.handle('thread/start', () => {
    count += 1
    return { thread: { id: `thread-${count}` } }
  })
  prepare(double)
  await double.start()
  const notices = new Notices()
  const client = await Client.connect(
    tapTransport(near, (message) => notices.receive(message)),
    { signal, interruptTimeoutMs: 200 },
  )
  const exited = deferred<ExitStatus>()
  let isReferenced = true
  const child = {
    ref: () => {
      isReferenced = true
    },
    unref: () => {
      isReferenced = false
    },
    exited: exited.promise,
  }
  return {
    server: new Server(client, child, notices, idleTimeoutMs),
    double,
    isReferenced: () => isReferenced,
    exit: exited.resolve,
  }
}

/** Threads over doubles: each start of the server makes a new one. */
export function doubledThreads(prepare: (double: AppServerDouble, start: number) => void = () => {}) {
  const starts: ServerDouble[] = []
  const shared = new SharedServer(async (signal) => {
    const made = await serverDouble(signal, (double) => prepare(double, starts.length + 1))
    starts.push(made)
    return made.server
  })
  const thread = (options: ThreadOptions = {}, id: string | null = null) =>
    new Thread(
      { server: shared, canAsk: false, home: '' },
      Object.assign(options, { skipGitRepoCheck: true }),
      id,
    )
  return { starts, shared, thread }
}

/** Answers each turn at once: it starts, says something, and completes. */
export function answerTurns(double: AppServerDouble): void {
  let turns = 0
  double.handle('turn/start', ({ threadId }) => {
    turns += 1
    const turnId = `turn-${turns}`
    queueMicrotask(() => {
      const item = { type: 'agentMessage', id: `item-${turns}`, text: `answer ${turns}` }
      double.notify('turn/started', { threadId, turn: { id: turnId } })
      double.notify('item/completed', { threadId, turnId, item })
      double.notify('turn/completed', { threadId, turn: { id: turnId, status: 'completed', error: null } })
    })
    return { turn: { id: turnId } }
  })
}

/** Reads a turn to its end, or to what it throws. */
export async function read(thread: Thread, options: TurnOptions = {}) {
  const events: ThreadEvent[] = []
  try {
    for await (const event of (await thread.runStreamed('Hello', options)).events) events.push(event)
    return { events, types: events.map(({ type }) => type) }
  } catch (error) {
    return { events, types: events.map(({ type }) => type), error }
  }
}
