import type { Received, Sent } from '../../protocol/index.js'
import { cutPage } from './pages.js'
import { refusal } from './refusals.js'
import { isMap } from './shapes.js'
import type { FakeThread, KeptTurn } from './thread.js'

/** Answers `thread/turns/list`. */
export function listTurns(
  thread: FakeThread,
  params: Sent.ThreadTurnsListParams,
): Received.ThreadTurnsListResponse {
  if (thread.isEphemeral) throw refusal.ephemeral('thread/turns/list')
  if (!thread.isMaterialized) throw refusal.notMaterialized(thread.id, 'thread/turns/list')
  const page = cutPage(thread.turns, `turns of ${thread.id}`, params, 'desc')
  return { ...page, data: page.data.map((kept) => viewTurn(kept, params.itemsView ?? 'summary')) }
}

/** Answers `thread/items/list`. */
export function listItems(
  thread: FakeThread,
  params: Sent.ThreadItemsListParams,
): Received.ThreadItemsListResponse {
  if (!thread.isMaterialized) throw refusal.notSupported('thread/items/list')
  const { cursor, ...request } = params
  if (isMap(cursor)) throw refusal.notSupported('a cursor that names an item')
  const all = thread.turns
    .filter(({ turn }) => !params.turnId || turn.id === params.turnId)
    .flatMap(({ turn, items }) => items.map((item) => ({ turnId: turn.id, item, ...timesOf(item) })))
  return cutPage(all, `items of ${thread.id}`, { ...request, cursor }, 'asc')
}

function viewTurn({ turn, items }: KeptTurn, itemsView: Received.TurnItemsView): Received.Turn {
  return {
    ...turn,
    items: itemsView === 'full' ? [...items] : itemsView === 'summary' ? summary(items) : [],
    itemsView,
  }
}

/** What was asked first, and what was answered last. */
function summary(items: readonly Received.ThreadItem[]): Received.ThreadItem[] {
  const asked = items.find((item) => item.type === 'userMessage')
  const answered = items.findLast((item) => item.type === 'agentMessage')
  return [asked, answered].filter((item) => item !== undefined)
}

function timesOf(item: unknown): { startedAtMs: number | null; completedAtMs: number | null } {
  const { startedAtMs, completedAtMs } = isMap(item) ? item : {}
  return {
    startedAtMs: typeof startedAtMs === 'number' ? startedAtMs : null,
    completedAtMs: typeof completedAtMs === 'number' ? completedAtMs : null,
  }
}
