import { describe, expect, it } from 'vitest'
import { isApprovalMethod } from '../../../src/approvals/index.js'
import { readApprovalRequest } from '../../../src/approvals/read-request.js'
import {
  isLegacyApproval,
  toLegacyReply,
  translateLegacyApproval,
} from '../../../src/client/dialects/index.js'
import { transcript } from './transcripts.js'

async function read(name: string, change: (params: Record<string, unknown>) => object = (params) => params) {
  const request = transcript(name).find((one) => one.id !== undefined)
  if (!request || !isLegacyApproval(request.method)) throw new Error('no legacy approval in the transcript')
  const { method, params, changes } = translateLegacyApproval(
    request.method,
    change({ ...request.params }),
    (threadId) => (threadId === 'thread-1' ? '0' : undefined),
  )
  expect(isApprovalMethod(method)).toBe(true)
  const nothing = { changesOf: () => undefined, commandOf: () => undefined, toolCalls: () => [] }
  return readApprovalRequest(method, params, nothing, changes)
}

describe('an approval of the older dialect', () => {
  it('becomes a command approval, with the command as a shell would read it', async () => {
    expect(await read('0.57.0-command-accepted')).toMatchObject({
      kind: 'command',
      threadId: 'thread-1',
      turnId: '0',
      itemId: 'call_1',
      command: "bash -lc 'touch made.txt && echo out'",
      cwd: '/repo',
      reason: undefined,
      availableDecisions: ['accept', 'acceptForSession', 'decline', 'cancel'],
    })
  })

  it('becomes a file change approval with its changes', async () => {
    const request = await read('0.57.0-patch-accepted')
    expect(request).toMatchObject({
      kind: 'file-change',
      turnId: '0',
      itemId: 'call_p',
      grantRoot: undefined,
    })
    const changes = request?.kind === 'file-change' ? request.changes : []
    expect(changes).toEqual([
      { path: '/repo/new.txt', kind: { type: 'add' }, diff: 'one\n' },
      {
        path: '/repo/old.txt',
        kind: { type: 'update', move_path: null },
        diff: '@@ -1 +1 @@\n-alpha\n+beta\n',
      },
    ])
  })

  it('cannot be decided when a part of what is asked cannot be read', async () => {
    const command = '0.57.0-command-accepted'
    expect(await read(command, (params) => ({ ...params, command: ['rm', 5, '/'] }))).toBeUndefined()
    expect(await read(command, (params) => ({ ...params, command: [] }))).toBeUndefined()
    expect(await read(command, (params) => ({ ...params, command: undefined }))).toBeUndefined()
    expect(await read(command, (params) => ({ ...params, conversationId: 1 }))).toBeUndefined()
    const patch = '0.57.0-patch-accepted'
    expect(await read(patch, (params) => ({ ...params, fileChanges: {} }))).toBeUndefined()
    expect(await read(patch, (params) => ({ ...params, fileChanges: { a: 1 } }))).toBeUndefined()
  })

  it('does not need the turn', async () => {
    const request = await read('0.57.0-command-accepted', (params) => ({
      ...params,
      conversationId: 'other',
    }))
    expect(request).toMatchObject({ threadId: 'other', turnId: '' })
  })

  it('quotes words so that a shell reads them back', async () => {
    const request = await read('0.57.0-command-accepted', (params) => ({
      ...params,
      command: ['echo', '', "it's", '$HOME', 'a b', '-n'],
    }))
    expect(request).toMatchObject({ command: `echo '' 'it'\\''s' '$HOME' 'a b' -n` })
  })

  it('is answered in its own words, and with a refusal where it has none', () => {
    const reply = (decision: unknown) => toLegacyReply({ decision }).decision
    expect(reply('accept')).toBe('approved')
    expect(reply('acceptForSession')).toBe('approved_for_session')
    expect(reply('decline')).toBe('denied')
    expect(reply('cancel')).toBe('abort')
    expect(reply({ acceptWithExecpolicyAmendment: { execpolicy_amendment: ['touch'] } })).toBe('denied')
    expect(reply('approved')).toBe('denied')
    expect(toLegacyReply(undefined)).toEqual({ decision: 'denied' })
  })

  it('is told from the approvals of today', () => {
    expect(isLegacyApproval('execCommandApproval')).toBe(true)
    expect(isLegacyApproval('applyPatchApproval')).toBe(true)
    expect(isLegacyApproval('item/commandExecution/requestApproval')).toBe(false)
  })
})
