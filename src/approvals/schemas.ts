import { z } from 'zod'

/**
 * The shapes that decide what is approved. Requests are read loosely, since a newer Codex may add to them;
 * decisions are checked strictly, since they are what this side says. Loaded with the first request: zod
 * costs more to load than the rest of the library.
 */

const text = z.string()
const optionalText = text.nullish().transform((value) => value ?? undefined)
const optionalTime = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined)

const base = {
  threadId: text,
  turnId: text,
  itemId: text,
  reason: optionalText,
  startedAtMs: optionalTime,
}

/** What is read of a command approval. */
export const commandRequest = z.looseObject({
  ...base,
  command: optionalText,
  cwd: optionalText,
  availableDecisions: z
    .array(z.unknown())
    .nullish()
    .transform((value) => value ?? undefined),
})

/** What is read of a file change approval. */
export const fileChangeRequest = z.looseObject({ ...base, grantRoot: optionalText })

const simpleDecision = z.enum(['accept', 'acceptForSession', 'decline', 'cancel'])

/** Every decision about a command. */
export const commandDecision = z.union([
  simpleDecision,
  z.strictObject({
    acceptWithExecpolicyAmendment: z.strictObject({ execpolicy_amendment: z.array(text) }),
  }),
  z.strictObject({
    applyNetworkPolicyAmendment: z.strictObject({
      network_policy_amendment: z.strictObject({ action: z.enum(['allow', 'deny']), host: text.min(1) }),
    }),
  }),
])

/** Every decision about a file change. */
export const fileChangeDecision = simpleDecision
