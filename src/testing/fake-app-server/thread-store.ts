import type { Sent } from '../../protocol/index.js'
import { cutPage, type Page } from './pages.js'
import { checkUuid, refusal } from './refusals.js'
import type { FakeThread } from './thread.js'

/** The threads of a fake server, in memory and out of it. */
export class ThreadStore {
  readonly #threads = new Map<string, FakeThread>()

  get all(): readonly FakeThread[] {
    return [...this.#threads.values()]
  }

  add(thread: FakeThread): void {
    this.#threads.set(thread.id, thread)
  }

  remove(thread: FakeThread): void {
    this.#threads.delete(thread.id)
  }

  /** A thread, if there is one of this id. Refuses what is no id. */
  find(id: string): FakeThread | undefined {
    checkUuid(id, 'thread')
    return this.#threads.get(id)
  }

  /** A thread in memory, for what can only be done there. */
  loaded(id: string): FakeThread {
    const thread = this.find(id)
    if (!thread?.isLoaded) throw refusal.threadNotFound(id)
    return thread
  }

  /** A thread that can be read. */
  readable(id: string): FakeThread {
    const thread = this.find(id)
    if (!thread) throw refusal.threadNotLoaded(id)
    return thread
  }

  /** A thread that Codex has on disk, archived ones included. */
  stored(id: string, what: 'session' | 'thread'): FakeThread {
    checkUuid(id, what)
    const thread = this.#threads.get(id)
    if (!thread || thread.isEphemeral) throw refusal.noRollout(id)
    return thread
  }

  /** A thread that can be given a name; whether it is one that can keep it is asked elsewhere. */
  named(id: string): FakeThread {
    const thread = this.find(id)
    if (!thread) throw refusal.noRollout(id)
    return thread
  }

  /** A thread that was archived. */
  archived(id: string): FakeThread {
    checkUuid(id, 'session')
    const thread = this.#threads.get(id)
    if (!thread?.isArchived) throw refusal.noArchivedRollout(id)
    return thread
  }

  /** A thread that has a first message on disk. */
  resumable(id: string): FakeThread {
    const thread = this.stored(id, 'session')
    if (!thread.isMaterialized) throw refusal.noRollout(id)
    return thread
  }

  /** The threads that a client asks for, newest first unless it says otherwise. */
  list(params: Sent.ThreadListParams): Page<FakeThread> {
    const { archived, cwd, modelProviders, searchTerm, sourceKinds, sortKey } = params
    const folders = typeof cwd === 'string' ? [cwd] : cwd
    const term = searchTerm?.toLowerCase()
    const found = this.all.filter(
      (thread) =>
        thread.isMaterialized &&
        thread.isArchived === (archived ?? false) &&
        (!folders || folders.includes(thread.settings.cwd)) &&
        (!modelProviders?.length || modelProviders.includes(thread.settings.modelProvider)) &&
        (!sourceKinds?.length || sourceKinds.includes('vscode')) &&
        (!term || `${thread.name ?? ''}\n${thread.preview}`.toLowerCase().includes(term)),
    )
    if (sortKey && sortKey !== 'created_at') found.sort((a, b) => a.updatedAtMs - b.updatedAtMs)
    return cutPage(found, 'threads', params, 'desc')
  }
}
