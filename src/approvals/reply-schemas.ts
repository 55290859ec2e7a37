import { z } from 'zod'
import type { ServerRequestMethod } from '../protocol/index.js'
import { decisions, grantedPermissions } from './decision-schemas.js'

/**
 * The results of every request of the server, checked strictly, since they are what this side sends.
 */

const text = z.string()

const legacyDecision = z.strictObject({
  decision: z.union([
    // `denied` in its older form too, as older servers read it.
    z.enum([
      'approved',
      'approved_for_session',
      'approved_mcp_policy_amendment',
      'denied',
      'timed_out',
      'abort',
    ]),
    z.strictObject({ denied: z.strictObject({ rejection: text }) }),
    z.strictObject({
      approved_execpolicy_amendment: z.strictObject({ proposed_execpolicy_amendment: z.array(text) }),
    }),
    z.strictObject({
      network_policy_amendment: z.strictObject({
        network_policy_amendment: z.strictObject({ action: z.enum(['allow', 'deny']), host: text.min(1) }),
      }),
    }),
  ]),
})

const contentItem = z.union([
  z.strictObject({ type: z.literal('inputText'), text }),
  z.strictObject({ type: z.literal('inputImage'), imageUrl: text }),
  z.strictObject({ type: z.literal('inputAudio'), audioUrl: text }),
])

/** The result that each method takes. */
export const replies: { readonly [M in ServerRequestMethod]: z.ZodType } = {
  'item/commandExecution/requestApproval': z.strictObject({ decision: decisions.command }),
  'item/fileChange/requestApproval': z.strictObject({ decision: decisions['file-change'] }),
  'item/permissions/requestApproval': z.strictObject({
    permissions: grantedPermissions,
    scope: z.enum(['turn', 'session']).optional(),
    strictAutoReview: z.boolean().nullish(),
  }),
  'item/tool/requestUserInput': z.strictObject({
    answers: z.record(text, z.strictObject({ answers: z.array(text) })),
  }),
  'mcpServer/elicitation/request': z.strictObject({
    action: z.enum(['accept', 'decline', 'cancel']),
    content: z.json().optional(),
    _meta: z.json().optional(),
  }),
  'item/tool/call': z.strictObject({ success: z.boolean(), contentItems: z.array(contentItem) }),
  'currentTime/read': z.strictObject({ currentTimeAt: z.number().int() }),
  'account/chatgptAuthTokens/refresh': z.strictObject({
    accessToken: text.min(1),
    chatgptAccountId: text.min(1),
    chatgptPlanType: text.nullish(),
  }),
  'attestation/generate': z.strictObject({ token: text.min(1) }),
  execCommandApproval: legacyDecision,
  applyPatchApproval: legacyDecision,
}
