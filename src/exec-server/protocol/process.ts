import { z } from 'zod'
import { base64, count, givenName, outputStream, pathUri, sandbox, sequenceNumber } from './fields.js'

/** How the environment of a process is made from the server's; `env` is laid over the outcome. */
export const environmentPolicy = z.object({
  inherit: z.enum(['core', 'all', 'none']),
  ignoreDefaultExcludes: z.boolean(),
  exclude: z.array(z.string()),
  set: z.record(z.string(), z.string()),
  includeOnly: z.array(z.string()),
})

export const startParams = z.object({
  processId: givenName,
  argv: z.array(z.string()),
  cwd: pathUri,
  env: z.record(z.string(), z.string()),
  tty: z.boolean(),
  pipeStdin: z.boolean().optional(),
  arg0: z.string().nullish(),
  envPolicy: environmentPolicy.nullish(),
  sandbox: sandbox.nullish(),
  enforceManagedNetwork: z.boolean().optional(),
  managedNetwork: z.unknown().optional(),
  networkProxy: z.unknown().optional(),
  shellSnapshot: z.unknown().optional(),
  metadata: z.looseObject({ threadId: z.string().nullish(), toolCallId: z.string().nullish() }).nullish(),
})

/** v0 answers without `sandboxType`. */
export const startResult = z.looseObject({ processId: z.string(), sandboxType: z.string().optional() })

export const readParams = z.object({
  processId: givenName,
  /** Chunks after this number are returned. */
  afterSeq: sequenceNumber.nullish(),
  /** At least one chunk is returned, even when it is longer. */
  maxBytes: count.nullish(),
  /** How long to wait for something new, in milliseconds. */
  waitMs: count.nullish(),
})

const outputChunk = z.looseObject({ seq: sequenceNumber, stream: outputStream, chunk: base64 })

/** v0 answers without `closed`, `failure` and `sandboxDenied`. */
export const readResult = z.looseObject({
  chunks: z.array(outputChunk),
  nextSeq: sequenceNumber,
  exited: z.boolean(),
  exitCode: z.int().nullish(),
  closed: z.boolean().optional(),
  failure: z.string().nullish(),
  sandboxDenied: z.boolean().optional(),
})

export const writeParams = z.object({
  processId: givenName,
  chunk: base64,
  /** A write whose id came before is not done again. v0 clients send none. */
  writeId: z.string().optional(),
})

/** v0 answers `accepted`, the current version `status`. */
export const writeResult = z.looseObject({
  accepted: z.boolean().optional(),
  status: z.enum(['accepted', 'unknownProcess', 'stdinClosed', 'starting']).optional(),
})

export const signalParams = z.object({ processId: givenName, signal: z.enum(['interrupt']) })

export const terminateParams = z.object({ processId: givenName })
export const terminateResult = z.looseObject({ running: z.boolean() })

/** v0 sends no `seq`. */
export const outputNotification = z.looseObject({
  processId: z.string(),
  seq: sequenceNumber.optional(),
  stream: outputStream,
  chunk: base64,
})

/** v0 sends no `seq`. May come before the last output. */
export const exitedNotification = z.looseObject({
  processId: z.string(),
  seq: sequenceNumber.optional(),
  exitCode: z.int(),
  sandboxDenied: z.boolean().optional(),
})

/** Always the last about a process. v0 sends none. */
export const closedNotification = z.looseObject({ processId: z.string(), seq: sequenceNumber })
