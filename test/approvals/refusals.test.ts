import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { REFUSALS, refuse } from '../../src/approvals/index.js'
import type { ServerRequestMethod, ServerRequestResult } from '../../src/protocol/index.js'
import { RpcError } from '../../src/rpc/errors.js'

/**
 * The refusals again, each held against the schema's response type by the compiler: a Codex that renames
 * a member fails the type check here.
 */
const BY_SCHEMA: { readonly [M in ServerRequestMethod]: ServerRequestResult<M> | undefined } = {
  'item/commandExecution/requestApproval': { decision: 'decline' },
  'item/fileChange/requestApproval': { decision: 'decline' },
  'item/permissions/requestApproval': { permissions: {}, scope: 'turn' },
  'item/tool/requestUserInput': { answers: {} },
  'mcpServer/elicitation/request': { action: 'decline', content: null, _meta: null },
  'item/tool/call': {
    success: false,
    contentItems: [{ type: 'inputText', text: 'This client does not provide the tool.' }],
  },
  'currentTime/read': undefined,
  'account/chatgptAuthTokens/refresh': undefined,
  'attestation/generate': undefined,
  execCommandApproval: undefined,
  applyPatchApproval: undefined,
}

const manifest = new URL('../../protocol-manifest.json', import.meta.url)

describe('the refusals', () => {
  it('cover every request of the server that the pinned Codex has', () => {
    const text = readFileSync(manifest, 'utf8')
    const { serverRequests } = JSON.parse(text) as { serverRequests: Record<string, unknown> }
    expect(Object.keys(REFUSALS).sort()).toEqual(Object.keys(serverRequests).sort())
    expect(Object.keys(REFUSALS)).toHaveLength(11)
  })

  it.each(Object.entries(BY_SCHEMA).filter(([, result]) => result !== undefined))(
    'answer %s in the shape of the schema, granting nothing',
    (method, result) => {
      expect(refuse(method)).toEqual(result)
      expect(refuse(method)).not.toBe(refuse(method))
    },
  )

  it('tell the time in whole seconds, since silence fails the turn', () => {
    const { currentTimeAt } = refuse('currentTime/read') as ServerRequestResult<'currentTime/read'>
    expect(Number.isInteger(currentTimeAt)).toBe(true)
    expect(Math.abs(currentTimeAt - Date.now() / 1000)).toBeLessThan(60)
  })

  it.each(['account/chatgptAuthTokens/refresh', 'attestation/generate'])(
    'answer %s with an error: no result refuses',
    (method) => {
      expect(() => refuse(method)).toThrow(RpcError)
      expect(() => refuse(method)).toThrow(expect.objectContaining({ rpcCode: -32603 }))
    },
  )

  it.each(['execCommandApproval', 'applyPatchApproval'])(
    'answer the legacy %s in its own words, which know no `decline`',
    (method) => {
      expect(refuse(method)).toEqual({ decision: 'denied' })
    },
  )

  it.each(['no/such', '', 'toString', '__proto__', 'constructor'])('leave %j to -32601', (method) => {
    expect(() => refuse(method)).toThrow(expect.objectContaining({ rpcCode: -32601 }))
  })
})
