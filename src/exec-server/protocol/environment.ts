import { z } from 'zod'
import { pathUri } from './fields.js'

const layers = z.looseObject({ layers: z.array(z.unknown()), cloudInsertionIndex: z.int() })

/** Paths are those of settings inside the configuration: lists of keys. */
export const environmentConfigParams = z.object({
  cwd: pathUri,
  configPaths: z.array(z.array(z.string())),
  requirementsPaths: z.array(z.array(z.string())),
})
export const environmentConfigResult = z.looseObject({
  userHomeDir: pathUri.nullish(),
  codexHomeDir: pathUri.nullish(),
  hostname: z.string().nullish(),
  config: layers,
  requirements: layers,
})

export const discoverParams = z.looseObject({ cwd: pathUri })
export const discoverResult = z.looseObject({
  plugins: z.array(z.unknown()),
  skills: z.array(z.unknown()),
  warnings: z.array(z.unknown()),
})

/** Asks whether a process may reach a host; sent by a server that was given a network proxy. */
export const networkPolicyParams = z.looseObject({
  processId: z.string(),
  request: z.looseObject({ protocol: z.string(), host: z.string(), port: z.int() }),
})
export const networkPolicyResult = z.object({
  decision: z.object({ type: z.enum(['allow', 'deny', 'ask']), reason: z.string().nullish() }),
})
