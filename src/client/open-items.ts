import type { OpenItems, OpenToolCall } from '../approvals/index.js'
import type { Received, ServerNotification } from '../protocol/index.js'

type Changes = readonly Received.FileUpdateChange[]

type Command = NonNullable<ReturnType<OpenItems['commandOf']>>

/** What is open in one thread. */
interface OpenOfThread {
  readonly changes: Map<string, Changes>
  readonly commands: Map<string, Command>
  readonly toolCalls: Map<string, OpenToolCall>
}

/**
 * Remembers the items that have begun and not ended: what is to be approved is in the item, and the request
 * for it only names the item.
 */
export class OpenItemTracker implements OpenItems {
  readonly #threads = new Map<string, OpenOfThread>()

  changesOf(threadId: string, itemId: string): Changes | undefined {
    return this.#threads.get(threadId)?.changes.get(itemId)
  }

  commandOf(threadId: string, itemId: string): Command | undefined {
    return this.#threads.get(threadId)?.commands.get(itemId)
  }

  toolCalls(threadId: string): readonly OpenToolCall[] {
    return [...(this.#threads.get(threadId)?.toolCalls.values() ?? [])]
  }

  /** What is open in a thread now, whatever becomes of it later. Off the wire, so of any type. */
  at(threadId: unknown): OpenItems {
    const now = new OpenItemTracker()
    const open = typeof threadId === 'string' ? this.#threads.get(threadId) : undefined
    if (!open) return now
    const { changes, commands, toolCalls } = open
    now.#threads.set(threadId as string, {
      changes: new Map(changes),
      commands: new Map(commands),
      toolCalls: new Map(toolCalls),
    })
    return now
  }

  /** Takes each notification about a thread, in order. */
  observe(message: ServerNotification, threadId: string): void {
    switch (message.method) {
      case 'item/started':
        this.#begin(threadId, message.params.item)
        break
      case 'item/completed':
        this.#end(threadId, message.params.item?.id)
        break
      case 'item/fileChange/patchUpdated':
        this.#setChanges(threadId, message.params.itemId, message.params.changes)
        break
      case 'turn/completed':
      case 'thread/closed':
        this.#threads.delete(threadId)
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#threads.clear()
  }

  #begin(threadId: string, item: Received.ThreadItem | undefined): void {
    // Off the wire: the types say what should be there.
    if (typeof item?.id !== 'string') return
    if (item.type === 'fileChange') this.#setChanges(threadId, item.id, item.changes)
    if (item.type === 'commandExecution') {
      const { id, command, cwd } = item
      this.#of(threadId).commands.set(id, { command, cwd })
    }
    if (item.type !== 'mcpToolCall') return
    const { id: itemId, server, tool } = item
    if (typeof server !== 'string' || typeof tool !== 'string') return
    this.#of(threadId).toolCalls.set(itemId, { itemId, server, tool, arguments: item.arguments })
  }

  #end(threadId: string, itemId: string | undefined): void {
    const open = this.#threads.get(threadId)
    if (!open || itemId === undefined) return
    open.changes.delete(itemId)
    open.commands.delete(itemId)
    open.toolCalls.delete(itemId)
  }

  #setChanges(threadId: string, itemId: string, changes: Changes): void {
    if (typeof itemId === 'string' && Array.isArray(changes)) this.#of(threadId).changes.set(itemId, changes)
  }

  #of(threadId: string): OpenOfThread {
    const open = this.#threads.get(threadId) ?? {
      changes: new Map(),
      commands: new Map(),
      toolCalls: new Map(),
    }
    this.#threads.set(threadId, open)
    return open
  }
}
