import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type ApprovalContext,
  type ApprovalHook,
  type CommandApprovalRequest,
  type CommandDecision,
  decide,
  type FileChangeApprovalRequest,
} from '../../src/approvals/index.js'

const base = {
  threadId: 't',
  turnId: 'u',
  itemId: 'i',
  reason: undefined,
  startedAtMs: undefined,
}
const command = (availableDecisions?: readonly CommandDecision[]) =>
  ({ ...base, kind: 'command', command: 'ls', cwd: '/', availableDecisions }) as CommandApprovalRequest
const files: FileChangeApprovalRequest = {
  ...base,
  kind: 'file-change',
  changes: [],
  grantRoot: undefined,
  params: {} as FileChangeApprovalRequest['params'],
}
const amendment: CommandDecision = {
  acceptWithExecpolicyAmendment: { execpolicy_amendment: ['npm', 'test'] },
}
const network: CommandDecision = {
  applyNetworkPolicyAmendment: { network_policy_amendment: { action: 'allow', host: 'example.com' } },
}
const ask = (hook: ApprovalHook | undefined, request = command(), timeoutMs = Infinity) =>
  decide(request, { hook, timeoutMs, signal: new AbortController().signal })

afterEach(() => {
  vi.useRealTimers()
})

describe('a decision', () => {
  it.each(['accept', 'acceptForSession', 'decline', 'cancel', amendment, network])(
    'of the hook is taken when it is one: %j',
    async (decision) => {
      const offered = command(['accept', 'acceptForSession', amendment, network])
      const outcome = { decision, decidedBy: 'hook' }
      expect(await ask(() => decision as CommandDecision, offered)).toEqual(outcome)
      expect(await ask(async () => decision as CommandDecision, offered)).toEqual(outcome)
    },
  )

  it.each([
    undefined,
    null,
    true,
    1,
    '',
    'approved',
    'Accept',
    ['accept'],
    {},
    { decision: 'accept' },
    { accept: true },
    { acceptWithExecpolicyAmendment: {} },
    { acceptWithExecpolicyAmendment: { execpolicy_amendment: ['ls', 1] } },
    { ...amendment, ...network },
    { applyNetworkPolicyAmendment: { network_policy_amendment: { action: 'allow', host: '' } } },
    { applyNetworkPolicyAmendment: { network_policy_amendment: { action: 'allow', host: 'a', port: 1 } } },
  ])('that is none is a decline: %j', async (nonsense) => {
    expect(await ask(() => nonsense as never)).toEqual({
      decision: 'decline',
      decidedBy: 'invalid-decision',
    })
  })

  it.each([amendment, network])('about a command is none about a file: %j', async (decision) => {
    expect(await ask(() => decision, files as never)).toMatchObject({ decidedBy: 'invalid-decision' })
  })

  it('must be among those that Codex offers, unless it refuses', async () => {
    const offered = command(['accept', amendment])
    expect(await ask(() => 'accept', offered)).toMatchObject({ decidedBy: 'hook' })
    expect(await ask(() => amendment, offered)).toMatchObject({ decidedBy: 'hook' })
    expect(await ask(() => 'decline', offered)).toMatchObject({ decidedBy: 'hook' })
    expect(await ask(() => 'cancel', command([]))).toMatchObject({ decision: 'cancel', decidedBy: 'hook' })
    expect(await ask(() => 'acceptForSession', offered)).toEqual({
      decision: 'decline',
      decidedBy: 'not-offered',
    })
    expect(await ask(() => network, offered)).toEqual({ decision: 'decline', decidedBy: 'not-offered' })
    expect(await ask(() => 'acceptForSession', command(['cancel']))).toMatchObject({
      decidedBy: 'not-offered',
    })
    expect(await ask(() => 'accept', command([null, 5] as never))).toMatchObject({ decidedBy: 'not-offered' })
  })

  it('is a decline without a hook', async () => {
    expect(await ask(undefined)).toEqual({ decision: 'decline', decidedBy: 'no-hook' })
  })

  it.each([
    ['an error', new Error('x'), 'x'],
    ['a text', 'text', 'text'],
    ['nothing', undefined, expect.stringContaining('undefined')],
    ['a symbol', Symbol('s'), expect.stringContaining('symbol')],
    ['something that cannot become a text', Object.create(null), expect.stringContaining('object')],
  ])('is a decline when the hook throws %s', async (_what, thrown, message) => {
    const hooks: ApprovalHook[] = [
      () => {
        throw thrown
      },
      () => Promise.reject(thrown),
    ]
    for (const hook of hooks) {
      const outcome = await ask(hook)
      expect(outcome).toMatchObject({ decision: 'decline', decidedBy: 'hook-failed' })
      expect(outcome.error).toBeInstanceOf(Error)
      expect(outcome.error?.message).toEqual(message)
    }
  })

  it('is a decline when reading the answer throws', async () => {
    const trap = new Proxy(
      {},
      {
        get: (_target, name) => {
          if (name === 'then') return undefined
          throw new Error('trap')
        },
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    )
    expect((await ask(() => trap as never)).decision).toBe('decline')
  })
})

describe('the deadline', () => {
  it('makes a silent hook a decline, and tells it', async () => {
    vi.useFakeTimers()
    let context: ApprovalContext | undefined
    const deciding = ask(
      (_request, given) => {
        context = given
        return new Promise(() => {})
      },
      command(),
      5000,
    )
    await vi.advanceTimersByTimeAsync(4999)
    expect(context?.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await deciding).toEqual({ decision: 'decline', decidedBy: 'timeout' })
    expect(context?.signal.aborted).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('leaves no timer when the hook was in time, and what it does later is nothing', async () => {
    vi.useFakeTimers()
    expect(await ask(() => 'accept', command(), 5000)).toMatchObject({ decidedBy: 'hook' })
    expect(vi.getTimerCount()).toBe(0)
    let fail = (_error: Error) => {}
    const deciding = ask(() => new Promise((_resolve, reject) => (fail = reject)), command(), 10)
    await vi.advanceTimersByTimeAsync(10)
    expect(await deciding).toMatchObject({ decidedBy: 'timeout' })
    fail(new Error('too late, and nobody is told: it must not be an unhandled rejection'))
  })
})

describe('a withdrawn request', () => {
  it('is not decided by anybody, and the hook is told', async () => {
    const controller = new AbortController()
    let context: ApprovalContext | undefined
    const hook: ApprovalHook = (_request, given) => {
      context = given
      return new Promise(() => {})
    }
    const deciding = decide(command(), { hook, timeoutMs: Infinity, signal: controller.signal })
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(await deciding).toEqual({ decision: 'decline', decidedBy: 'withdrawn' })
    expect(context?.signal.aborted).toBe(true)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('is not put to the hook when it was withdrawn before', async () => {
    const hook = vi.fn(() => 'accept' as const)
    const outcome = await decide(command(), { hook, timeoutMs: Infinity, signal: AbortSignal.abort() })
    expect(outcome).toEqual({ decision: 'decline', decidedBy: 'withdrawn' })
    expect(hook).not.toHaveBeenCalled()
  })

  it('that is withdrawn while the hook answers is not accepted', async () => {
    const controller = new AbortController()
    const hook: ApprovalHook = () => {
      controller.abort()
      return 'accept'
    }
    expect(await decide(command(), { hook, timeoutMs: Infinity, signal: controller.signal })).toEqual({
      decision: 'decline',
      decidedBy: 'withdrawn',
    })
  })
})
