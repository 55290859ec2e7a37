import { z } from 'zod'

/** The decisions of each kind, checked strictly, since they are what this side says. Loaded on demand. */

const text = z.string()
const refusal = z.enum(['decline', 'cancel'])
const simpleDecision = z.enum(['accept', 'acceptForSession', 'decline', 'cancel'])

/** A lasting permission for commands that begin so. */
const execpolicyAmendment = z.strictObject({
  acceptWithExecpolicyAmendment: z.strictObject({ execpolicy_amendment: z.array(text) }),
})

/** A lasting permission, or ban, of a host. */
const networkAmendment = z.strictObject({
  applyNetworkPolicyAmendment: z.strictObject({
    network_policy_amendment: z.strictObject({ action: z.enum(['allow', 'deny']), host: text.min(1) }),
  }),
})

const specialPath = z.union([
  z.strictObject({ kind: z.enum(['root', 'minimal', 'tmpdir', 'slash_tmp']) }),
  z.strictObject({ kind: z.literal('project_roots'), subpath: text.nullish() }),
  z.strictObject({ kind: z.literal('unknown'), path: text, subpath: text.nullish() }),
])

const permissionPath = z.union([
  z.strictObject({ type: z.literal('path'), path: text }),
  z.strictObject({ type: z.literal('glob_pattern'), pattern: text }),
  z.strictObject({ type: z.literal('special'), value: specialPath }),
])

/** Permissions as this side grants them. */
export const grantedPermissions = z.strictObject({
  network: z.strictObject({ enabled: z.boolean().nullish() }).nullish(),
  fileSystem: z
    .strictObject({
      entries: z.array(z.strictObject({ access: text, path: permissionPath })).nullish(),
      read: z.array(text).nullish(),
      write: z.array(text).nullish(),
      globScanMaxDepth: z.number().int().nullish(),
    })
    .nullish(),
})

/** Every decision, by the kind of its request. */
export const decisions = {
  command: z.union([simpleDecision, execpolicyAmendment, networkAmendment]),
  'file-change': simpleDecision,
  permissions: z.union([
    simpleDecision,
    z.strictObject({ grant: grantedPermissions, scope: z.enum(['turn', 'session']).optional() }),
  ]),
  'mcp-tool': simpleDecision,
  elicitation: z.union([
    refusal,
    z.strictObject({ action: z.literal('accept'), content: z.record(text, z.json()).nullish() }),
  ]),
  'user-input': z.union([
    refusal,
    z.strictObject({ answers: z.record(text, z.union([text, z.array(text)])) }),
  ]),
} as const
