import { experimentalFields, experimentalMethods } from '../../protocol/index.js'
import { refusal } from './refusals.js'
import {
  anything,
  count,
  flag,
  isMap,
  listOf,
  type Members,
  map,
  nullable,
  object,
  optional,
  required,
  type Shape,
  tagged,
  text,
  untagged,
  word,
  wordOrMap,
} from './shapes.js'

const input = listOf(
  tagged('UserInput', {
    text: { text: required(text), text_elements: optional(listOf(anything)) },
    image: { url: optional(text) },
    localImage: { path: required(text) },
    audio: {},
    localAudio: { path: required(text) },
    skill: { name: required(text), path: required(text) },
    mention: { name: required(text), path: required(text) },
  }),
)
const approvalPolicy = wordOrMap('untrusted', 'on-request', 'granular', 'never')
const sandbox = word('read-only', 'workspace-write', 'danger-full-access')
const sortDirection = word('asc', 'desc')
const itemsView = word('notLoaded', 'summary', 'full')
const sourceKind = word(
  ...['cli', 'vscode', 'exec', 'appServer', 'subAgent', 'subAgentReview', 'subAgentCompact'],
  ...['subAgentThreadSpawn', 'subAgentOther', 'unknown'],
)
const thread = { threadId: required(text) }
const page = { cursor: nullable(text), limit: nullable(count), sortDirection: nullable(sortDirection) }
const settings: Members = {
  model: nullable(text),
  modelProvider: nullable(text),
  cwd: nullable(text),
  approvalPolicy: nullable(approvalPolicy),
  sandbox: nullable(sandbox),
  config: nullable(map),
  baseInstructions: nullable(text),
  developerInstructions: nullable(text),
}

/** The params of the requests that the fake server answers by itself, as far as it looks at them. */
const shapes: Readonly<Record<string, readonly [name: string, Members]>> = {
  initialize: [
    'InitializeParams',
    {
      clientInfo: required(
        object('ClientInfo', { name: required(text), title: nullable(text), version: required(text) }),
      ),
      capabilities: nullable(
        object('InitializeCapabilities', {
          experimentalApi: optional(flag),
          optOutNotificationMethods: nullable(listOf(text)),
        }),
      ),
    },
  ],
  'thread/start': [
    'ThreadStartParams',
    { ...settings, ephemeral: nullable(flag), dynamicTools: nullable(listOf(map)) },
  ],
  'thread/resume': ['ThreadResumeParams', { ...thread, ...settings, excludeTurns: optional(flag) }],
  'thread/fork': [
    'ThreadForkParams',
    { ...thread, ...settings, ephemeral: optional(flag), excludeTurns: optional(flag) },
  ],
  'thread/read': ['ThreadReadParams', { ...thread, includeTurns: optional(flag) }],
  'thread/list': [
    'ThreadListParams',
    {
      ...page,
      archived: nullable(flag),
      cwd: nullable(untagged('ThreadListCwdFilter', text, listOf(text))),
      modelProviders: nullable(listOf(text)),
      searchTerm: nullable(text),
      sortKey: nullable(word('created_at', 'updated_at', 'recency_at', 'section_position')),
      sourceKinds: nullable(listOf(sourceKind)),
    },
  ],
  'thread/loaded/list': ['ThreadLoadedListParams', { cursor: nullable(text), limit: nullable(count) }],
  'thread/turns/list': ['ThreadTurnsListParams', { ...thread, ...page, itemsView: nullable(itemsView) }],
  'thread/items/list': [
    'ThreadItemsListParams',
    {
      ...thread,
      ...page,
      cursor: nullable(untagged('ThreadItemsListCursor', text, map)),
      turnId: nullable(text),
    },
  ],
  'thread/archive': ['ThreadArchiveParams', thread],
  'thread/unarchive': ['ThreadUnarchiveParams', thread],
  'thread/delete': ['ThreadDeleteParams', thread],
  'thread/unsubscribe': ['ThreadUnsubscribeParams', thread],
  'thread/name/set': ['ThreadSetNameParams', { ...thread, name: required(text) }],
  'thread/compact/start': ['ThreadCompactStartParams', thread],
  'turn/start': [
    'TurnStartParams',
    {
      ...thread,
      clientUserMessageId: nullable(text),
      input: required(input),
      cwd: nullable(text),
      approvalPolicy: nullable(approvalPolicy),
      sandboxPolicy: nullable(map),
      model: nullable(text),
      effort: nullable(text),
    },
  ],
  'turn/steer': [
    'TurnSteerParams',
    {
      ...thread,
      clientUserMessageId: nullable(text),
      input: required(input),
      expectedTurnId: required(text),
    },
  ],
  'turn/interrupt': ['TurnInterruptParams', { ...thread, turnId: required(text) }],
  'account/read': ['GetAccountParams', { refreshToken: optional(flag) }],
  'model/list': ['ModelListParams', { cursor: nullable(text), limit: nullable(count) }],
}

/** Refuses params that Codex refuses. Those of methods that the fake server does not know pass. */
export function checkParams(method: string, params: unknown): void {
  const known = shapes[method]
  if (!known) return
  const [name, members] = known
  if (params === undefined || params === null) throw refusal.badParams('missing field `params`')
  const shape: Shape = object(name, members)
  const fault = shape(params)
  if (fault !== undefined) throw refusal.badParams(fault)
}

const experimental = new Set(experimentalMethods)

/** Refuses what needs `capabilities.experimentalApi`, for a client that does not have it. */
export function checkStable(method: string, params: unknown): void {
  if (experimental.has(method)) throw refusal.needsExperimentalApi(method)
  if (!isMap(params)) return
  const used = experimentalFields[method]?.find((field) => isUsed(params[field]))
  if (used !== undefined) throw refusal.needsExperimentalApi(`${method}.${used}`)
}

// Codex takes null and false for a field that was left out, but not an empty list.
function isUsed(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}
