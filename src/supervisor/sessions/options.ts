import { randomUUID } from 'node:crypto'
import { posix, win32 } from 'node:path'
import { SANDBOXES } from '../../client/codex.js'
import { InvalidInputError } from '../../util/errors.js'
import { checkKnownKeys, checkOneOf, checkOptions, checkSignal, checkString } from '../../util/validate.js'
import type { SessionRecord, ThreadSettings } from '../records/session-record.js'

/** A session to be recorded. */
export interface RegisterSessionOptions extends ThreadSettings {
  /** @default a new one */
  readonly sessionId?: string | undefined
  /** What it is for, in the words of the program. */
  readonly purpose?: string | undefined
  /** Thread to go on with. */
  readonly threadId?: string | undefined
  /** Reasoning effort of its turns. @default that of the thread */
  readonly reasoningEffort?: string | undefined
  /** Anything of the program's own, as JSON data. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

/** A session to be made, with its thread. */
export interface CreateSessionOptions extends RegisterSessionOptions {
  /** Gives up. What Codex does then comes to nothing: a thread without a turn is not kept. */
  readonly signal?: AbortSignal | undefined
}

const SETTINGS: { readonly [Name in keyof Required<ThreadSettings>]: true } = {
  approvalPolicy: true,
  baseInstructions: true,
  config: true,
  cwd: true,
  developerInstructions: true,
  model: true,
  modelProvider: true,
  personality: true,
  sandbox: true,
  serviceTier: true,
}
const OWN = {
  sessionId: true,
  purpose: true,
  threadId: true,
  reasoningEffort: true,
  metadata: true,
  signal: true,
} as const

/** Checks options and makes a first record of them. Throws `InvalidInputError`. */
export function newSession(options: CreateSessionOptions): SessionRecord {
  checkOptions('options', options)
  checkKnownKeys(options, { ...SETTINGS, ...OWN })
  for (const name of [
    'sessionId',
    'purpose',
    'threadId',
    'reasoningEffort',
    'model',
    'modelProvider',
  ] as const) {
    checkString(name, options[name] ?? undefined)
  }
  checkFolder('cwd', options.cwd)
  checkOneOf('sandbox', options.sandbox ?? undefined, SANDBOXES)
  checkOptions('metadata', options.metadata)
  checkSignal('signal', options.signal)
  checkJson('metadata', options.metadata)
  const given = Object.entries(options).filter(
    ([name, value]) => Object.hasOwn(SETTINGS, name) && value !== undefined,
  )
  const settings = Object.fromEntries(given) as ThreadSettings
  checkJson('config', settings.config)
  const now = new Date().toISOString()
  return {
    sessionId: options.sessionId ?? `session-${randomUUID()}`,
    purpose: options.purpose,
    threadId: options.threadId,
    status: 'registered',
    cwd: options.cwd ?? undefined,
    model: options.model ?? undefined,
    modelProvider: options.modelProvider ?? undefined,
    serviceTier: options.serviceTier ?? undefined,
    reasoningEffort: options.reasoningEffort,
    requestedEffort: options.reasoningEffort,
    turns: 0,
    settings,
    metadata: options.metadata,
    createdAt: now,
    updatedAt: now,
  }
}

/**
 * Checks a folder of the server's machine. A relative one would count from wherever the server runs, which is another
 * place each time. Throws `InvalidInputError`.
 */
export function checkFolder(option: string, folder: unknown): void {
  if (folder === undefined || folder === null) return
  if (typeof folder === 'string' && (posix.isAbsolute(folder) || win32.isAbsolute(folder))) return
  throw new InvalidInputError(option, folder, 'an absolute path')
}

/** Checks that a value can be kept. Throws `InvalidInputError`. */
export function checkJson(option: string, value: unknown): void {
  if (value === undefined) return
  try {
    JSON.stringify(value)
  } catch (cause) {
    throw new InvalidInputError(option, value, 'data that JSON can say', { cause })
  }
}
