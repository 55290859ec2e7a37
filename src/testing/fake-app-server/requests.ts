import { type ClientMethod, clientMethods } from '../../protocol/index.js'
import type { Answerer, RequestScene } from './core.js'
import * as other from './other-requests.js'
import { refusal } from './refusals.js'
import * as threads from './thread-requests.js'
import * as turns from './turn-requests.js'

/** The requests that a fake server answers by itself. */
const answerers: { readonly [M in ClientMethod]?: Answerer<M> } = {
  initialize: other.initialize,
  'account/read': other.readAccount,
  'model/list': other.listModels,
  'thread/start': threads.start,
  'thread/resume': threads.resume,
  'thread/fork': threads.fork,
  'thread/read': threads.read,
  'thread/list': threads.list,
  'thread/loaded/list': threads.listLoaded,
  'thread/turns/list': threads.turns,
  'thread/items/list': threads.items,
  'thread/archive': threads.archive,
  'thread/unarchive': threads.unarchive,
  'thread/delete': threads.remove,
  'thread/name/set': threads.rename,
  'thread/unsubscribe': threads.unsubscribe,
  'thread/compact/start': turns.compact,
  'turn/start': turns.start,
  'turn/steer': turns.steer,
  'turn/interrupt': turns.interrupt,
}

const known: ReadonlySet<string> = new Set(clientMethods)

/** Refuses a method that Codex does not know. */
export function checkMethod(method: string): void {
  if (!known.has(method)) throw refusal.unknownMethod(method)
}

/** What answers a method. Refuses one that needs a script. */
export function answererOf(method: string): (params: never, scene: RequestScene) => unknown {
  const answerer = Object.hasOwn(answerers, method) ? answerers[method as ClientMethod] : undefined
  if (!answerer) throw refusal.notScripted(method)
  return answerer as (params: never, scene: RequestScene) => unknown
}
