import { readDefinitions, sorted } from './definitions.js'
import { GenerateError } from './errors.js'
import { experimentalFieldsOf, markExperimental } from './experimental.js'
import { type Message, readMessages } from './messages.js'
import { resultTypeOf, staleIrregularResults } from './results.js'
import type { Definitions } from './schema.js'
import {
  type UnlistedMethod,
  unlistedNotifications,
  unlistedRequests,
  withUnlistedTypes,
} from './unlisted.js'

/** What the binary says about its protocol. */
export interface ProtocolSource {
  readonly codexVersion: string
  /** Schema bundle with and without `--experimental`. */
  readonly experimental: unknown
  readonly stable: unknown
  /** Methods by kind of message, as the binary's own TypeScript output lists them. */
  readonly methods: Readonly<Record<MessageKind, ReadonlySet<string>>>
}

/** Kinds of message, by the names that the schema gives them. */
export const messageKinds = [
  'ClientRequest',
  'ServerRequest',
  'ServerNotification',
  'ClientNotification',
] as const

/** A kind of message. */
export type MessageKind = (typeof messageKinds)[number]

/** A notification of the protocol. */
export interface ProtocolMessage extends Message {
  readonly experimental: boolean
}

/** A request of the protocol. */
export interface ProtocolRequest extends ProtocolMessage {
  readonly result: string
}

/** The protocol as the generator sees it: messages sorted by method, and the types they use. */
export interface Protocol {
  readonly codexVersion: string
  readonly definitions: Definitions
  readonly clientRequests: readonly ProtocolRequest[]
  /** Methods of the client requests in the order in which the binary itself lists them. */
  readonly clientMethods: readonly string[]
  readonly serverRequests: readonly ProtocolRequest[]
  readonly serverNotifications: readonly ProtocolMessage[]
  readonly clientNotifications: readonly ProtocolMessage[]
}

/** @throws GenerateError when the schema has something that the generator cannot express. */
export function readProtocol(source: ProtocolSource): Protocol {
  const stable = readDefinitions(source.stable)
  const definitions = withUnlistedTypes(markExperimental(readDefinitions(source.experimental), stable))
  const read = (kind: MessageKind, unlisted: readonly UnlistedMethod[] = []): ProtocolMessage[] => {
    const messages = withUnlisted(readMessages(kind, definitions), unlisted)
    assertComplete(kind, messages, source.methods[kind])
    const always = new Set([...readMessages(kind, stable), ...unlisted].map(({ method }) => method))
    return messages.map((message) => ({ ...message, experimental: !always.has(message.method) }))
  }
  const withResult = (message: ProtocolMessage): ProtocolRequest => ({
    ...message,
    result: resultTypeOf(message.method, message.params, definitions),
  })
  const clientRequests = read('ClientRequest', unlistedRequests).map(withResult)
  const stale = staleIrregularResults(new Set(clientRequests.map(({ method }) => method)))
  if (stale.length > 0)
    throw new GenerateError(`irregularResults names methods that are gone: ${stale.join(', ')}`)
  return {
    codexVersion: source.codexVersion,
    definitions,
    clientRequests,
    clientMethods: [...source.methods.ClientRequest],
    serverRequests: read('ServerRequest').map(withResult),
    serverNotifications: read('ServerNotification', unlistedNotifications),
    clientNotifications: read('ClientNotification'),
  }
}

/** Fields of params that need `capabilities.experimentalApi`, for methods that do not need it themselves. */
export function experimentalFields({ clientRequests, definitions }: Protocol): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const { method, params, experimental } of clientRequests) {
    const schema = params === null ? undefined : definitions.get(params)
    const names = schema === undefined || experimental ? [] : experimentalFieldsOf(schema)
    if (names.length > 0) fields.set(method, names)
  }
  return fields
}

function withUnlisted(messages: readonly Message[], unlisted: readonly UnlistedMethod[]): Message[] {
  const byMethod = new Map(messages.map((message) => [message.method, message]))
  for (const extra of unlisted) {
    if (!byMethod.has(extra.method)) byMethod.set(extra.method, { ...extra, optionalParams: false })
  }
  return sorted(byMethod.keys()).flatMap((method) => byMethod.get(method) ?? [])
}

function assertComplete(
  kind: MessageKind,
  messages: readonly Message[],
  expected: ReadonlySet<string>,
): void {
  const methods = new Set(messages.map(({ method }) => method))
  const missing = [...expected].filter((method) => !methods.has(method))
  const gone = [...methods].filter((method) => !expected.has(method))
  if (missing.length > 0) {
    throw new GenerateError(
      `${kind}: the JSON schema leaves out ${missing.join(', ')}; describe them in scripts/generate/unlisted.ts`,
    )
  }
  if (gone.length > 0) throw new GenerateError(`${kind}: the binary no longer knows ${gone.join(', ')}`)
}
