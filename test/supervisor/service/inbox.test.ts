import { describe, expect, it, vi } from 'vitest'
import type { ApprovalContext, ApprovalRequest } from '../../../src/approvals/index.js'
import { inbox, type ParkedApproval } from '../../../src/supervisor/index.js'
import { beginTurn, openStage } from './support.js'

function commandRequest(more: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    kind: 'command',
    threadId: 't',
    turnId: 'u',
    itemId: 'i',
    reason: undefined,
    startedAtMs: Date.now(),
    action: 'command',
    command: 'rm -rf build',
    cwd: '/repo',
    network: undefined,
    wantsPermissions: false,
    availableDecisions: ['accept', 'decline'],
    params: {} as never,
    ...more,
  } as ApprovalRequest
}

const open = () => ({ signal: new AbortController().signal })

describe('an inbox', () => {
  it('parks a request until it is answered from elsewhere', async () => {
    const box = inbox()
    const decided = box.hook(commandRequest(), open())
    const [parked] = box.list()
    expect(parked).toMatchObject({ threadId: 't', turnId: 'u', description: 'run rm -rf build' })
    const { id } = parked as ParkedApproval
    expect(box.get(id)).toBe(parked)
    await box.answer(id, 'accept')
    expect(await decided).toBe('accept')
    expect(box.list()).toEqual([])
    await expect(box.answer(id, 'accept')).rejects.toMatchObject({
      code: 'APPROVAL_NOT_FOUND',
      approvalId: id,
    })
  })

  it('takes no decision that does not fit, and goes on waiting', async () => {
    const box = inbox()
    const decided = box.hook(commandRequest(), open())
    const [{ id }] = box.list() as [ParkedApproval]
    for (const wrong of ['yes', null, 'acceptForSession', { accept: true }]) {
      await expect(box.answer(id, wrong as never)).rejects.toMatchObject({ option: 'decision' })
    }
    expect(box.list()).toHaveLength(1)
    await box.answer(id, 'decline')
    expect(await decided).toBe('decline')
  })

  it('counts only the first of two answers', async () => {
    const box = inbox()
    const decided = box.hook(commandRequest(), open())
    const [{ id }] = box.list() as [ParkedApproval]
    const answers = await Promise.allSettled([box.answer(id, 'accept'), box.answer(id, 'decline')])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(await decided).toBe('accept')
  })

  it('gives a request the same id when it is asked again, and two at once two ids', async () => {
    const box = inbox()
    const first = new AbortController()
    const one = box.hook(commandRequest(), first)
    const [{ id }] = box.list() as [ParkedApproval]
    void box.hook(commandRequest(), open())
    expect(box.list().map((parked) => parked.id)).toEqual([id, `${id}-2`])
    first.abort()
    expect(await one).toBe('decline')
    void box.hook(commandRequest(), open())
    expect(box.list().map((parked) => parked.id)).toEqual([`${id}-2`, id])
    void box.hook(commandRequest({ itemId: 'other' }), open())
    expect(new Set(box.list().map((parked) => parked.id)).size).toBe(3)
  })

  it('declines what expires, counted from when Codex first asked', async () => {
    vi.useFakeTimers({ now: 1_000_000 })
    try {
      const box = inbox({ expiresAfterMs: 60_000 })
      const expired: string[] = []
      box.on('expired', ({ description }) => expired.push(description))
      const decided = box.hook(commandRequest({ startedAtMs: 1_000_000 - 50_000 }), open())
      expect(box.list()[0]?.expiresAt).toBe(new Date(1_010_000).toISOString())
      await vi.advanceTimersByTimeAsync(9_999)
      expect(expired).toEqual([])
      await vi.advanceTimersByTimeAsync(1)
      expect(await decided).toBe('decline')
      expect(expired).toEqual(['run rm -rf build'])
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  it('waits for ever when it is told to, and leaves no timer', async () => {
    vi.useFakeTimers()
    try {
      const box = inbox({ expiresAfterMs: Infinity })
      const leave = new AbortController()
      const decided = box.hook(commandRequest(), leave)
      expect(box.list()[0]?.expiresAt).toBeUndefined()
      expect(vi.getTimerCount()).toBe(0)
      leave.abort()
      expect(await decided).toBe('decline')
    } finally {
      vi.useRealTimers()
    }
  })

  it('forgets what is withdrawn', async () => {
    const box = inbox()
    const withdrawn: string[] = []
    box.on('withdrawn', ({ id }) => withdrawn.push(id))
    const leave = new AbortController()
    const decided = box.hook(commandRequest(), leave)
    const [{ id }] = box.list() as [ParkedApproval]
    leave.abort()
    expect(await decided).toBe('decline')
    expect(withdrawn).toEqual([id])
    expect(await box.hook(commandRequest(), leave)).toBe('decline')
    expect(box.list()).toEqual([])
  })

  it.each([0, -1, 'soon', Number.NaN])('is not made with %s as its time', (expiresAfterMs) => {
    expect(() => inbox({ expiresAfterMs: expiresAfterMs as never })).toThrow(/expiresAfterMs/)
  })
})

describe('a supervisor with an inbox', () => {
  it('lists what waits, takes the answer and logs both, without secrets', async () => {
    await using stage = await openStage({ approvals: inbox() })
    const { supervisor } = stage
    await supervisor.start()
    const { sessionId } = await supervisor.createSession()
    const { turn, turnId, threadId, complete } = await beginTurn(stage, sessionId)
    const { server } = stage.latest()
    const params = { threadId, turnId, itemId: 'i', startedAtMs: Date.now(), command: 'ls', kind: 'command' }
    server.send({ id: 0, method: 'item/commandExecution/requestApproval', params })
    const { detail } = await stage.event('approval.parked')
    const [waiting] = supervisor.listApprovals()
    expect(detail).toMatchObject({ id: waiting?.id, turnId, description: 'run ls' })
    expect(supervisor.status().parkedApprovals).toBe(1)
    await supervisor.answerApproval(waiting?.id ?? '', 'accept')
    expect(await server.answer(0)).toMatchObject({ result: { decision: 'accept' } })
    await stage.event('approval.answered')
    complete()
    await turn.settled
  })

  it('takes the answer to an approval that Codex asks again after its program has gone', async () => {
    const ask = async () => {
      const stage = await openStage({ approvals: inbox() })
      await stage.supervisor.start()
      await stage.supervisor.createSession({ threadId: 'kept' })
      const params = { threadId: 'kept', turnId: 'u', itemId: 'i', startedAtMs: Date.now(), command: 'ls' }
      const { server } = stage.latest()
      server.send({ id: 0, method: 'item/commandExecution/requestApproval', params })
      await stage.event('approval.parked')
      return { stage, server, id: stage.supervisor.listApprovals()[0]?.id ?? '' }
    }
    const before = await ask()
    await before.stage.supervisor.close()
    const after = await ask()
    await after.stage.supervisor.answerApproval(before.id, 'accept')
    expect(await after.server.answer(0)).toMatchObject({ result: { decision: 'accept' } })
    await after.stage.supervisor.close()
  })

  it('without one knows no approval', async () => {
    await using stage = await openStage()
    expect(stage.supervisor.listApprovals()).toEqual([])
    await expect(stage.supervisor.answerApproval('x', 'accept')).rejects.toMatchObject({
      code: 'APPROVAL_NOT_FOUND',
    })
  })
})

describe('an answer that comes too late', () => {
  it('leaves the approval waiting that was asked again in between', async () => {
    const box = inbox()
    const request = commandRequest()
    const [first, second] = [new AbortController(), new AbortController()]
    const asked = box.hook(request, { signal: first.signal } as ApprovalContext)
    const id = box.list()[0]?.id as string
    const answered = expect(box.answer(id, 'accept')).rejects.toMatchObject({ code: 'APPROVAL_NOT_FOUND' })
    first.abort()
    const again = box.hook(request, { signal: second.signal } as ApprovalContext)
    await answered
    expect(await asked).toBe('decline')
    expect(box.list().map((approval) => approval.id)).toEqual([id])
    await box.answer(id, 'accept')
    expect(await again).toBe('accept')
  })
})
