import { z } from 'zod'
import { pathUri } from './fields.js'

/** The version that a server names to a client of March 2026. */
export const V0_PROTOCOL_VERSION = 'exec-server.v0'

export const initializeParams = z.object({
  clientName: z.string(),
  resumeSessionId: z.string().nullish(),
})

/** What a server tells about the machine it runs on. */
export const environmentInfo = z.looseObject({
  shell: z.looseObject({ name: z.string(), path: z.string() }).nullish(),
  executorVersion: z.string().nullish(),
  providerId: z.string().nullish(),
  cwd: pathUri.nullish(),
  userHomeDir: pathUri.nullish(),
  platformOs: z.string().nullish(),
  prependPathDirs: z.array(pathUri).optional(),
  temporaryDirectories: z.array(pathUri).optional(),
  tempDir: pathUri.nullish(),
  capabilities: z.record(z.string(), z.unknown()).optional(),
})

/** A `sessionId` means the current version; `protocolVersion` alone means v0; a server may send both. */
export const initializeResult = z.looseObject({
  protocolVersion: z.string().optional(),
  sessionId: z.string().optional(),
  environmentInfo: environmentInfo.optional(),
})

/** What a request without parameters may carry. */
export const noParams = z.union([z.undefined(), z.null(), z.strictObject({})])

export const statusResult = z.looseObject({ status: z.string() })
