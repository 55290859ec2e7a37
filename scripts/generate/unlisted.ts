import { type Definitions, parseSchema, type Schema } from './schema.js'

/** A method that the binary knows and its JSON schema leaves out. */
export interface UnlistedMethod {
  readonly method: string
  readonly params: string
  readonly description: string
}

/** Requests that the binary answers although its JSON schema does not list them. */
export const unlistedRequests: readonly UnlistedMethod[] = [
  {
    method: 'getAuthStatus',
    params: 'GetAuthStatusParams',
    description: 'Reads how the server is signed in. An older form of `account/read`.',
  },
  {
    method: 'getConversationSummary',
    params: 'GetConversationSummaryParams',
    description: 'Summarises a stored conversation, found by id or by the path of its file.',
  },
  {
    method: 'gitDiffToRemote',
    params: 'GitDiffToRemoteParams',
    description: 'Computes the difference between a working tree and its remote branch.',
  },
]

/** Notifications that the binary can send although its JSON schema does not list them. */
export const unlistedNotifications: readonly UnlistedMethod[] = [
  {
    method: 'rawResponse/completed',
    params: 'RawResponseCompletedNotification',
    description: 'One response of the model API ended; carries its usage.',
  },
  {
    method: 'rawResponseItem/completed',
    params: 'RawResponseItemCompletedNotification',
    description: 'One raw item of a response of the model API, on threads with `experimentalRawEvents`.',
  },
]

const string = { type: 'string' }
const nullableString = { type: ['string', 'null'] }
const nullableBoolean = { type: ['boolean', 'null'] }
const ref = (name: string) => ({ $ref: `#/definitions/${name}` })
const nullable = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })
const object = (properties: Record<string, object>, required: readonly string[] = Object.keys(properties)) =>
  required.length > 0 ? { type: 'object', properties, required } : { type: 'object', properties }

const types: Readonly<Record<string, object>> = {
  GetAuthStatusParams: object({ includeToken: nullableBoolean, refreshToken: nullableBoolean }, []),
  GetAuthStatusResponse: object({
    authMethod: nullable(ref('AuthMode')),
    authToken: nullableString,
    requiresOpenaiAuth: nullableBoolean,
  }),
  GetConversationSummaryParams: {
    anyOf: [object({ rolloutPath: string }), object({ conversationId: ref('ThreadId') })],
  },
  GetConversationSummaryResponse: object({ summary: ref('ConversationSummary') }),
  ConversationSummary: object({
    conversationId: ref('ThreadId'),
    path: string,
    preview: string,
    timestamp: nullableString,
    updatedAt: nullableString,
    modelProvider: string,
    cwd: string,
    cliVersion: string,
    source: ref('ConversationSource'),
    gitInfo: nullable(ref('ConversationGitInfo')),
  }),
  ConversationSource: {
    description: 'What started a conversation. An older form of `SessionSource`.',
    anyOf: [
      { type: 'string', enum: ['cli', 'vscode', 'exec', 'mcp', 'unknown'] },
      object({ custom: string }),
      object({ internal: { anyOf: [{ type: 'string', enum: ['memory_consolidation', 'guardian'] }] } }),
      object({ subagent: ref('SubAgentSource') }),
    ],
  },
  ConversationGitInfo: object({ sha: nullableString, branch: nullableString, origin_url: nullableString }),
  GitDiffToRemoteParams: object({ cwd: string }),
  GitDiffToRemoteResponse: object({ sha: string, diff: string }),
}

/** Adds the types of the unlisted methods, except those that the schema has by now. */
export function withUnlistedTypes(definitions: Definitions): Definitions {
  const all = new Map<string, Schema>(definitions)
  for (const [name, schema] of Object.entries(types)) {
    if (!all.has(name)) all.set(name, parseSchema(schema, name))
  }
  return all
}
