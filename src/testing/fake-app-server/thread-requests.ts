import type { Sent } from '../../protocol/index.js'
import type { Answerer, RequestScene } from './core.js'
import { refusal } from './refusals.js'
import { collaborationMode, readSettings, toldSettings } from './settings.js'
import { isMap } from './shapes.js'
import type { FakeThread } from './thread.js'
import { listItems, listTurns } from './thread-history.js'
import { toolKey } from './turn-questions.js'

const PAGE_INSTEAD = 'then page with `thread/turns/list` and `thread/items/list`.'

/** Starts a thread. */
export const start: Answerer<'thread/start'> = (params, { core, client, after }) => {
  const tools = readTools(params.dynamicTools ?? [])
  const settings = readSettings(params, core.defaults)
  const thread = core.addThread(client, settings, { isEphemeral: params.ephemeral ?? false, tools })
  after(() => core.broadcast('thread/started', { thread: thread.describe() }))
  return { thread: thread.describe(), ...toldSettings(settings) }
}

/** Loads a thread, or follows one that is loaded: then the params change nothing. */
export const resume: Answerer<'thread/resume'> = (params, { core, client, after }) => {
  const thread = core.threads.resumable(params.threadId)
  if (thread.isArchived) throw refusal.archived(thread.id)
  const wasLoaded = thread.isLoaded
  if (!wasLoaded) {
    // Codex does not keep the sandbox.
    const { sandbox, hasDefaultSandbox } = core.defaults
    thread.settings = readSettings(params, { ...thread.settings, sandbox, hasDefaultSandbox })
    thread.setLoaded(true)
  }
  thread.subscribers.add(client)
  const isFull = !params.excludeTurns
  if (isFull) deprecated(client, `use \`excludeTurns: true\`, ${PAGE_INSTEAD}`)
  after(() => {
    const tokenUsage = thread.tokens.told
    const turnId = thread.turns.at(-1)?.turn.id
    if (tokenUsage && turnId && (isFull || !wasLoaded)) {
      client.notify('thread/tokenUsage/updated', { threadId: thread.id, turnId, tokenUsage })
    }
    client.notify('thread/goal/cleared', { threadId: thread.id })
    core.requests.repeat(thread, client)
  })
  const turns = listTurns(thread, { threadId: thread.id, limit: 1 })
  const items = listItems(thread, { threadId: thread.id, limit: 1, sortDirection: 'desc' })
  return {
    thread: isFull ? thread.describeFully() : thread.describe(),
    ...toldSettings(thread.settings),
    collaborationMode: collaborationMode(thread.settings),
    initialTurnsPage: params.initialTurnsPage
      ? listTurns(thread, { threadId: thread.id, ...params.initialTurnsPage })
      : null,
    turnsBackwardsCursor: turns.backwardsCursor ?? null,
    itemsBackwardsCursor: items.backwardsCursor ?? null,
  }
}

/** Makes a thread that begins with the history of another. */
export const fork: Answerer<'thread/fork'> = (params, { core, client, after }) => {
  const source = core.threads.resumable(params.threadId)
  // Codex does not hand the sandbox on.
  const { sandbox, hasDefaultSandbox } = core.defaults
  const settings = readSettings(params, { ...source.settings, sandbox, hasDefaultSandbox })
  const thread = core.addThread(client, settings, {
    isEphemeral: params.ephemeral ?? false,
    forkedFromId: source.id,
    tools: source.tools,
  })
  thread.preview = source.preview
  thread.name = source.name
  thread.tokens = source.tokens.copy()
  thread.turns.push(
    ...source.turns.map(({ turn, items }) => ({
      // A turn that runs goes on in the source alone.
      turn: turn.status === 'inProgress' ? { ...turn, status: 'interrupted' as const } : { ...turn },
      items: [...items],
    })),
  )
  if (!params.excludeTurns) deprecated(client, `use \`excludeTurns: true\`, ${PAGE_INSTEAD}`)
  after(() => core.broadcast('thread/started', { thread: thread.describe() }))
  return {
    thread: params.excludeTurns ? thread.describe() : thread.describeFully(),
    ...toldSettings(settings),
  }
}

export const read: Answerer<'thread/read'> = ({ threadId, includeTurns }, { core, client }) => {
  const thread = core.threads.readable(threadId)
  if (includeTurns) {
    if (thread.isEphemeral) throw refusal.ephemeral('includeTurns')
    if (!thread.isMaterialized) throw refusal.notSupported('list_turns')
    deprecated(client, `omit \`includeTurns\` or set it to \`false\`, ${PAGE_INSTEAD}`)
  }
  return { thread: includeTurns ? thread.describeFully() : thread.describe(), readState: thread.readState }
}

export const list: Answerer<'thread/list'> = (params, { core }) => {
  const page = core.threads.list(params)
  const states = page.data.flatMap(({ id, readState }) => (readState ? [[id, readState] as const] : []))
  return {
    ...page,
    data: page.data.map((thread) => ({ ...thread.describe(), canAcceptDirectInput: null })),
    readStates: Object.fromEntries(states),
  }
}

export const listLoaded: Answerer<'thread/loaded/list'> = (_params, { core }) => ({
  data: core.threads.all.filter(({ isLoaded }) => isLoaded).map(({ id }) => id),
  nextCursor: null,
})

export const turns: Answerer<'thread/turns/list'> = (params, { core }) =>
  listTurns(core.threads.readable(params.threadId), params)

export const items: Answerer<'thread/items/list'> = (params, { core }) => {
  const thread = core.threads.find(params.threadId)
  // Codex does not tell a thread that is not there from one whose items it cannot list.
  if (!thread) throw refusal.notSupported('thread/items/list')
  return listItems(thread, params)
}

export const archive: Answerer<'thread/archive'> = ({ threadId }, { core, after }) => {
  const thread = core.threads.stored(threadId, 'session')
  if (thread.isArchived) throw refusal.noRollout(threadId)
  unload(thread)
  thread.isArchived = true
  after(() => core.broadcast('thread/archived', { threadId }))
  return {}
}

export const unarchive: Answerer<'thread/unarchive'> = ({ threadId }, { core, after }) => {
  const thread = core.threads.archived(threadId)
  thread.isArchived = false
  after(() => core.broadcast('thread/unarchived', { threadId }))
  return { thread: thread.describe() }
}

export const remove: Answerer<'thread/delete'> = ({ threadId }, { core, after }) => {
  const thread = core.threads.stored(threadId, 'thread')
  unload(thread)
  if (core.threads.all.some(({ forkedFromId }) => forkedFromId === threadId)) throw refusal.forked(threadId)
  core.threads.remove(thread)
  after(() => core.broadcast('thread/deleted', { threadId }))
  return {}
}

export const rename: Answerer<'thread/name/set'> = ({ threadId, name }, { core, after }) => {
  if (name.trim() === '') throw refusal.emptyName()
  const thread = core.threads.named(threadId)
  if (thread.isEphemeral) throw refusal.ephemeralMetadata(threadId)
  thread.name = name.trim()
  after(() => core.broadcast('thread/name/updated', { threadId, threadName: thread.name ?? '' }))
  return {}
}

export const unsubscribe: Answerer<'thread/unsubscribe'> = ({ threadId }, { core, client }) => {
  const thread = core.threads.find(threadId)
  if (!thread?.isLoaded) return { status: 'notLoaded' }
  return { status: thread.subscribers.delete(client) ? 'unsubscribed' : 'notSubscribed' }
}

function unload(thread: FakeThread): void {
  thread.running?.interrupt()
  if (thread.isLoaded) thread.setLoaded(false)
}

function deprecated(client: RequestScene['client'], advice: string): void {
  const summary = `Full-history hydration is deprecated for paginated threads; ${advice}`
  client.notify('deprecationNotice', { summary, details: null })
}

/** The tools that a client offers. Refuses names that the model could not call. */
function readTools(tools: readonly Sent.DynamicToolSpec[]): ReadonlySet<string> {
  const keys = new Set<string>()
  for (const tool of tools as readonly unknown[]) {
    if (!isMap(tool)) continue
    const inner = tool.type === 'namespace' && Array.isArray(tool.tools) ? tool.tools : [tool]
    const namespace = inner[0] === tool ? null : String(tool.name)
    for (const one of inner as readonly unknown[]) {
      if (isMap(one)) addTool(keys, String(one.name ?? ''), namespace)
    }
  }
  return keys
}

function addTool(keys: Set<string>, name: string, namespace: string | null): void {
  if (name === '') throw refusal.badTool('must not be empty')
  if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
    throw refusal.badTool(`must match ^[a-zA-Z0-9_-]+$ to match Responses API: ${name}`)
  }
  if (name.startsWith('mcp__')) throw refusal.badTool(`is reserved: ${name}`)
  const key = toolKey(name, namespace)
  if (keys.has(key)) throw refusal.duplicateTool(name)
  keys.add(key)
}
