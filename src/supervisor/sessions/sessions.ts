import { type DynamicTool, type Thread, UnsupportedMethodError } from '../../client/index.js'
import { classifyFailure } from '../../failures/index.js'
import { isConnectionEnd } from '../../rpc/connection-end.js'
import { RpcError } from '../../rpc/errors.js'
import {
  SessionClosedError,
  SessionExistsError,
  SessionLostError,
  SessionNotFoundError,
  SessionWithoutThreadError,
} from '../errors.js'
import type { Log } from '../log.js'
import type { Records } from '../records/records.js'
import type { SessionRecord, SessionStatus, ThreadSettings } from '../records/session-record.js'
import type { ServerLink } from '../server/server-loop.js'
import { type CreateSessionOptions, newSession, type RegisterSessionOptions } from './options.js'
import type { Attachment, LiveSession } from './session.js'

/** What {@link Sessions} needs of the supervisor. */
export interface SessionsOptions {
  readonly records: Records
  readonly log: Log
  readonly tools: readonly DynamicTool[]
  /** The server, once there is one. Rejects with `ServerNotReadyError`. */
  readonly ready: (signal?: AbortSignal) => Promise<ServerLink>
  /** A thread was loaded: settles the turns of it that an earlier program has left. Must not reject. */
  readonly onAttached: (sessionId: string, attachment: Attachment) => Promise<void>
  /** A session is lost or closed: settles what was left of it. Must not reject. */
  readonly onGone: (sessionId: string) => Promise<void>
}

/** The sessions: their records, and the threads that are loaded for them. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #live = new Map<string, LiveSession>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** What the program knows about a session that there is. */
  live(sessionId: string): LiveSession {
    let live = this.#live.get(sessionId)
    if (!live) {
      live = {}
      this.#live.set(sessionId, live)
    }
    return live
  }

  /** Throws {@link SessionNotFoundError}. */
  record(sessionId: string): SessionRecord {
    const record = this.#options.records.sessions.get(sessionId)
    if (!record) throw new SessionNotFoundError(sessionId)
    return record
  }

  /** A session that can take a turn, as far as its record tells. Throws what it cannot. */
  open(sessionId: string): SessionRecord {
    const record = this.record(sessionId)
    if (record.status === 'closed') throw new SessionClosedError(sessionId)
    if (record.threadId === undefined) throw new SessionWithoutThreadError(sessionId)
    return record
  }

  /** Records a session without asking Codex. */
  async register(options: RegisterSessionOptions): Promise<SessionRecord> {
    const record = newSession(options)
    this.#requireFree(record.sessionId)
    return await this.#add(record)
  }

  /** Makes a session with its thread: a new one, or the one given. */
  async create(options: CreateSessionOptions): Promise<SessionRecord> {
    const record = newSession(options)
    const { sessionId, threadId, settings } = record
    const { signal } = options
    this.#requireFree(sessionId)
    const { link, thread } = await this.#newThread(threadId, settings, signal)
    this.#requireFree(sessionId)
    const attachment = { link, thread }
    this.live(sessionId).attachment = attachment
    const value = describe({ ...record, status: 'idle', ownThread: threadId === undefined }, attachment)
    let added: SessionRecord
    try {
      added = await this.#add(value)
    } catch (error) {
      // Nobody knows of the thread: Codex need not keep it in memory.
      this.#live.delete(sessionId)
      await this.#unload(attachment)
      throw error
    }
    if (link.client !== this.#live.get(sessionId)?.attachment?.link.client) {
      // The server ended while the record was written.
      await this.patch(sessionId, { status: 'disconnected' })
    }
    return this.#options.records.sessions.get(sessionId) ?? added
  }

  /** Loads the thread of a session unless it is. Rejects with {@link SessionLostError} and `ServerNotReadyError`. */
  async attach(sessionId: string, signal?: AbortSignal): Promise<Attachment> {
    for (;;) {
      const link = await this.#options.ready(signal)
      this.open(sessionId)
      const live = this.live(sessionId)
      if (live.attachment?.link === link) return live.attachment
      const under = live.attaching?.link === link ? live.attaching : this.#begin(sessionId, live, link)
      try {
        return await under.done
      } catch (error) {
        // Another server comes, or none, which `ready` tells.
        if (!isConnectionEnd(error)) throw error
        await link.client.closed
      }
    }
  }

  /** Loads the threads of all open sessions. Never rejects. */
  async attachAll(link: ServerLink): Promise<void> {
    const open = [...this.#options.records.sessions.values()].filter(
      ({ status, threadId }) => threadId !== undefined && status !== 'closed' && status !== 'registered',
    )
    await Promise.all(
      open.map(async ({ sessionId }) => {
        const live = this.live(sessionId)
        if (live.attachment?.link === link) return
        const under = live.attaching?.link === link ? live.attaching : this.#begin(sessionId, live, link)
        // What came of it is in the record and the log.
        await under.done.catch(() => {})
      }),
    )
  }

  /** A server has ended. */
  detachAll(link: ServerLink): void {
    for (const [sessionId, live] of this.#live) {
      if (live.attachment?.link !== link) continue
      live.attachment = undefined
      const record = this.#options.records.sessions.get(sessionId)
      if (!record || record.status === 'closed') continue
      void this.patch(sessionId, { status: 'disconnected', currentTurnId: undefined, childPid: undefined })
    }
  }

  /** Closes a session for good, once that lasts. Its turn must have ended. Idempotent. Rejects as the store does. */
  async close(sessionId: string): Promise<SessionRecord> {
    const record = this.record(sessionId)
    if (record.status === 'closed') return record
    const value = this.patched(sessionId, { status: 'closed', currentTurnId: undefined }) ?? record
    // The next program would load it again.
    await this.#options.records.add([{ type: 'put', kind: 'session', key: sessionId, value }])
    const attachment = this.#live.get(sessionId)?.attachment
    this.#live.delete(sessionId)
    await this.#options.onGone(sessionId)
    this.#options.log('info', 'session.closed', 'A session was closed', { sessionId })
    if (attachment) await this.#unload(attachment)
    return this.#options.records.sessions.get(sessionId) ?? { ...record, status: 'closed' }
  }

  /** Changes members of a record. Resolves when that lasts; never rejects. */
  async patch(sessionId: string, changes: Partial<SessionRecord>): Promise<void> {
    const value = this.patched(sessionId, changes)
    if (value) await this.#options.records.update([{ type: 'put', kind: 'session', key: sessionId, value }])
  }

  /** A record with changes, not yet kept; `undefined` when there is none. */
  patched(sessionId: string, changes: Partial<SessionRecord>): SessionRecord | undefined {
    const record = this.#options.records.sessions.get(sessionId)
    return record && { ...record, ...changes, updatedAt: new Date().toISOString() }
  }

  async #newThread(
    threadId: string | undefined,
    settings: ThreadSettings,
    signal: AbortSignal | undefined,
  ): Promise<Attachment> {
    const { tools, ready } = this.#options
    for (;;) {
      const link = await ready(signal)
      const { client } = link
      const options = { ...settings, tools, signal }
      try {
        const thread =
          threadId === undefined
            ? await client.startThread(options)
            : await client.resumeThread(threadId, options)
        return { link, thread }
      } catch (error) {
        // The server died, which is not known yet to whom it is asked for.
        if (!isConnectionEnd(error) || classifyFailure(error).retrySafety !== 'not-sent') throw error
        await client.closed
      }
    }
  }

  #requireFree(sessionId: string): void {
    if (this.#options.records.sessions.has(sessionId)) throw new SessionExistsError(sessionId)
  }

  async #add(record: SessionRecord): Promise<SessionRecord> {
    const { sessionId, threadId, purpose } = record
    await this.#options.records.add([{ type: 'put', kind: 'session', key: sessionId, value: record }])
    this.#options.log('info', 'session.created', 'A session was made', { sessionId, threadId, purpose })
    return record
  }

  #begin(sessionId: string, live: LiveSession, link: ServerLink): NonNullable<LiveSession['attaching']> {
    const done = this.#load(sessionId, live, link)
    const attaching = { link, done }
    live.attaching = attaching
    const clear = () => {
      if (live.attaching === attaching) live.attaching = undefined
    }
    done.then(clear, clear)
    return attaching
  }

  async #load(sessionId: string, live: LiveSession, link: ServerLink): Promise<Attachment> {
    const { log, onAttached, onGone } = this.#options
    const { threadId } = this.open(sessionId)
    let attachment: Attachment
    try {
      attachment = { link, thread: await this.#resumeOrReplace(sessionId, link) }
    } catch (error) {
      if (isConnectionEnd(error)) throw error
      this.open(sessionId)
      const failure = classifyFailure(error, { phase: 'thread' })
      await this.patch(sessionId, { status: 'lost', failure, currentTurnId: undefined })
      await onGone(sessionId)
      log('error', 'session.lost', 'The thread of a session cannot be resumed', {
        sessionId,
        threadId,
        failure,
      })
      throw new SessionLostError(sessionId, failure)
    }
    const record = this.record(sessionId)
    if (record.status === 'closed') {
      // While Codex was asked. What is closed stays closed.
      await this.#unload(attachment)
      throw new SessionClosedError(sessionId)
    }
    live.attachment = attachment
    const status: SessionStatus = live.turn ? 'running' : 'idle'
    const value = describe({ ...record, status, failure: undefined }, attachment)
    await this.patch(sessionId, value)
    log('info', 'session.resumed', 'The thread of a session was resumed', {
      sessionId,
      threadId: value.threadId,
    })
    await onAttached(sessionId, attachment)
    return attachment
  }

  async #resumeOrReplace(sessionId: string, { client }: ServerLink): Promise<Thread> {
    const { tools, log } = this.#options
    const { threadId = '', settings, turns, ownThread } = this.record(sessionId)
    try {
      return await client.resumeThread(threadId, { ...settings, tools })
    } catch (error) {
      // Codex keeps no thread that has had no turn: a new one is as good as the one that is gone.
      if (!(error instanceof RpcError) || turns > 0 || !ownThread) throw error
      const thread = await client.startThread({ ...settings, tools })
      log('info', 'session.thread-replaced', 'A thread without a turn was started anew', {
        sessionId,
        before: threadId,
        threadId: thread.id,
      })
      return thread
    }
  }

  async #unload({ link, thread }: Attachment): Promise<void> {
    const isShared = [...this.#live.values()].some(({ attachment }) => attachment?.thread.id === thread.id)
    // Two sessions can have one thread.
    if (isShared) return
    try {
      await link.client.request('thread/unsubscribe', { threadId: thread.id })
    } catch (error) {
      // Older servers keep the thread loaded, and a server that is gone has none.
      if (error instanceof UnsupportedMethodError || isConnectionEnd(error)) return
      this.#options.log('warn', 'session.unload-failed', (error as Error).message, { threadId: thread.id })
    }
  }
}

/** What Codex says of a thread, added to the record of its session. */
function describe(record: SessionRecord, { link, thread }: Attachment): SessionRecord {
  const { info } = thread
  return {
    ...record,
    threadId: thread.id,
    endpoint: link.endpoint,
    childPid: link.pid,
    cwd: info.cwd ?? record.cwd,
    model: info.model ?? record.model,
    modelProvider: info.modelProvider ?? record.modelProvider,
    serviceTier: info.serviceTier ?? record.serviceTier,
    reasoningEffort: info.reasoningEffort ?? record.reasoningEffort,
  }
}
