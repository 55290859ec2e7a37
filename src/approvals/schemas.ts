import { z } from 'zod'

/**
 * The requests as far as a decision depends on them. Read loosely, since a newer Codex may add to them.
 * Imported only by what is loaded with the first request: zod costs more to load than the rest of the library.
 */

const text = z.string()
const optionalText = text.nullish().transform((value) => value ?? undefined)
const optionalTime = z
  .number()
  .nullish()
  .transform((value) => value ?? undefined)
const optionalList = z
  .array(z.unknown())
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
  // Older servers know commands only, and do not say so.
  kind: text.nullish().transform((value) => value ?? 'command'),
  command: optionalText,
  cwd: optionalText,
  networkApprovalContext: z
    .looseObject({ host: text, protocol: text })
    .nullish()
    .transform((value) => value ?? undefined),
  additionalPermissions: z
    .unknown()
    .optional()
    .transform((value) => value !== undefined && value !== null),
  availableDecisions: optionalList,
})

/** What is read of a file change approval. */
export const fileChangeRequest = z.looseObject({ ...base, grantRoot: optionalText })

/** Most accesses to files that one request may ask for; nobody can judge more. */
const MAX_PERMISSION_ENTRIES = 1_000

/** What is read of a request for permissions. */
export const permissionsRequest = z.looseObject({
  ...base,
  cwd: optionalText,
  permissions: z.looseObject({
    network: z.looseObject({ enabled: z.boolean().nullish() }).nullish(),
    fileSystem: z
      .looseObject({
        entries: z.array(z.looseObject({ access: text, path: z.looseObject({ type: text }) })).nullish(),
        read: z.array(text).nullish(),
        write: z.array(text).nullish(),
        globScanMaxDepth: z.number().nullish(),
      })
      .refine(({ entries, read, write }) => {
        const counts = [entries, read, write].map((list) => list?.length ?? 0)
        return counts.reduce((sum, count) => sum + count, 0) <= MAX_PERMISSION_ENTRIES
      })
      .nullish(),
  }),
})

/** What is read of an elicitation. */
export const elicitationRequest = z.looseObject({
  threadId: text,
  turnId: optionalText,
  serverName: text,
  mode: text,
  message: text.nullish().transform((value) => value ?? ''),
  url: optionalText,
  requestedSchema: z.unknown().optional(),
  _meta: z.unknown().optional(),
})

/** What is read of the `_meta` of an elicitation that stands for the call of an MCP tool. */
export const toolApprovalMeta = z.looseObject({
  codex_approval_kind: z.literal('mcp_tool_call'),
  tool_name: optionalText,
  tool_params: z.unknown().optional(),
  persist: z
    .union([text.transform((value) => [value]), z.array(z.unknown())])
    .nullish()
    .transform((value) => value ?? []),
})

/** What is read of questions to the user. */
export const userInputRequest = z.looseObject({
  threadId: text,
  turnId: text,
  itemId: text,
  questions: z
    .array(
      z.looseObject({
        id: text,
        question: text,
        options: z.array(z.looseObject({ label: text })).nullish(),
        isOther: z.boolean().nullish(),
      }),
    )
    .min(1),
})
