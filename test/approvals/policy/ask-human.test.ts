import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type ApprovalRequest,
  askHuman,
  describeRequest,
  type HumanPrompt,
  visibleText,
} from '../../../src/approvals/index.js'
import { humanPrompt } from '../../../src/approvals/policy/human-prompt.js'
import { deferred } from '../../../src/util/deferred.js'
import { command, elicitation, fileChange, mcpTool, permissions, userInput } from '../requests.js'

afterEach(() => {
  vi.useRealTimers()
})

const signal = () => new AbortController().signal

describe('askHuman', () => {
  it('gives the decision of the prompter', async () => {
    const ask = vi.fn(async (_prompt: HumanPrompt) => 'accept' as const)
    expect(await askHuman({ ask })(command('npm test'), { signal: signal() })).toBe('accept')
    expect(ask.mock.calls[0]?.[0]).toMatchObject({ title: expect.stringContaining('command') })
  })

  it('declines without an answer, with a wrong one, and when the prompter throws', async () => {
    const report = vi.fn()
    for (const ask of [
      async () => undefined,
      async () => 'yes' as never,
      () => Promise.reject(new Error('x')),
    ]) {
      expect(await askHuman({ ask })(command(), { signal: signal(), report })).toBe('decline')
    }
    expect(report).toHaveBeenCalledOnce()
  })

  it('declines when the person takes too long, and tells the prompter', async () => {
    vi.useFakeTimers()
    const shown = deferred<AbortSignal>()
    const ask = (_prompt: HumanPrompt, context: { signal: AbortSignal }) => {
      shown.resolve(context.signal)
      return new Promise<undefined>(() => {})
    }
    const asked = askHuman({ ask }, { timeoutMs: 1000 })(command(), { signal: signal() })
    // What makes the prompt is loaded first, and no clock drives that.
    const given = await shown.promise
    await vi.advanceTimersByTimeAsync(1000)
    expect(await asked).toBe('decline')
    expect(given.aborted).toBe(true)
  })

  it('asks nobody when the answer is no longer wanted before the prompt is made', async () => {
    const wanting = new AbortController()
    const states: boolean[] = []
    const ask = async (_prompt: HumanPrompt, context: { signal: AbortSignal }) => {
      states.push(context.signal.aborted)
      return 'accept' as const
    }
    const asked = askHuman({ ask })(command(), { signal: wanting.signal })
    wanting.abort()
    expect(await asked).toBe('decline')
    // The same import again: behind it, the first one is over too.
    await askHuman({ ask })(command(), { signal: signal() })
    expect(states).toEqual([false])
  })

  it('refuses what is no prompter', () => {
    expect(() => askHuman({} as never)).toThrow(expect.objectContaining({ option: 'prompter' }))
    const ask = async () => undefined
    expect(() => askHuman({ ask }, { timeoutMs: -1 })).toThrow(
      expect.objectContaining({ option: 'timeoutMs' }),
    )
    expect(() => askHuman({ ask }, { timeout: 5_000 } as never)).toThrow(
      expect.objectContaining({ option: 'timeout' }),
    )
  })
})

describe('a prompt', () => {
  it.each<[string, ApprovalRequest, string]>([
    ['a command', command('npm test'), 'npm test'],
    ['a host', command('x', { network: { host: 'example.com', protocol: 'https' } }), 'example.com (https)'],
    [
      'changes',
      fileChange([{ path: '/a', kind: { type: 'update', move_path: '/b' }, diff: '+x' }]),
      '/a → /b',
    ],
    ['permissions', permissions({ network: { enabled: true } }), '"enabled": true'],
    ['a tool', mcpTool('s', 't', { arguments: { a: 1 } }), 's/t'],
    ['a form', elicitation(), 'Which name?'],
  ])('shows %s', (_what, request, text) => {
    const { details, title } = humanPrompt(request)
    expect(title).not.toBe('')
    expect(details.map((detail) => detail.text).join('\n')).toContain(text)
  })

  it('says how much of a long text it leaves out', () => {
    const { details } = humanPrompt(command(`echo ${'a'.repeat(10_000)} tail`))
    const shown = details.find(({ label }) => label === 'command')?.text ?? ''
    expect(shown).toMatch(/… \d+ more characters … a+ tail$/)
    expect(shown.length).toBeLessThan(4_100)
  })

  it.each<[string, ApprovalRequest]>([
    ['a command', command(`echo ${'a'.repeat(4_000)}; rm -rf /; echo ${'a'.repeat(4_000)}`)],
    ['a reason', command('ls', { reason: 'r'.repeat(4_001) })],
    ['a change', fileChange([{ path: '/a', kind: { type: 'add' }, diff: 'x'.repeat(20_001) }])],
    ['permissions', permissions({ fileSystem: { read: [`/${'p'.repeat(4_000)}`] } })],
    ['the arguments of a tool', mcpTool('s', 't', { arguments: { a: 'x'.repeat(4_000) } })],
    ['a form', elicitation({ message: 'm'.repeat(4_001) })],
    ['a URL', elicitation({ mode: 'url', url: `https://x/${'u'.repeat(4_000)}` })],
  ])('offers no way to allow %s of which it cannot show all, and says so', (_what, request) => {
    const { choices, questions, details, answer } = humanPrompt(request)
    expect(choices.map(({ decision }) => decision)).toEqual(['decline', 'cancel'])
    expect(questions).toEqual([])
    expect(answer({ name: 'x' })).toBe('decline')
    expect(details.at(-1)?.text).toContain('too long to be shown in full')
  })

  it('offers to allow what is just short enough', () => {
    const keys = (request: ApprovalRequest) => humanPrompt(request).choices.map(({ key }) => key)
    expect(keys(command('a'.repeat(4_000)))).toEqual(['y', 's', 'n', 'c'])
    const change = { path: '/a', kind: { type: 'add' as const }, diff: 'x'.repeat(19_900) }
    expect(keys(fileChange([change]))).toEqual(['y', 's', 'n', 'c'])
  })

  it('counts long runs of blanks and of empty lines, which would push the rest out of sight', () => {
    const { details } = humanPrompt(
      command(`ls${' '.repeat(120)}; rm x${'\n  \n'.repeat(50)}    ls${' '.repeat(32)}y`),
    )
    const shown = details.find(({ label }) => label === 'command')?.text
    expect(shown).toBe(`ls<120 blanks>; rm x\n<99 empty lines>\n    ls${' '.repeat(32)}y`)
  })

  it('names nothing by a label that could pass for another line', () => {
    const kind = {
      type: 'add\n\u202e  \u2502 [y] yes, once: y, and much more than a label can hold',
    } as never
    for (const { label } of humanPrompt(fileChange([{ path: '/a', kind, diff: '' }])).details) {
      expect(label).not.toMatch(/[\n\u202e]/)
      expect(label.length).toBeLessThan(100)
    }
  })
})

describe('texts that strangers wrote', () => {
  it('lose nothing that can be seen', () => {
    expect(visibleText('plain text, ünïcödé 漢字 ✓')).toBe('plain text, ünïcödé 漢字 ✓')
    expect(visibleText('a\nb\tc\u00a0d\u{e0041}')).toBe('a<U+000A>b<U+0009>c<U+00A0>d<U+E0041>')
    expect(visibleText('a\nb', { keepLineBreaks: true })).toBe('a\nb')
    expect(visibleText('\ud800')).toBe('<U+D800>')
  })

  it('are described in one line', () => {
    const changes = [
      { path: '/a', kind: { type: 'add' as const }, diff: '' },
      { path: '/b', kind: { type: 'update' as const, move_path: '/c' }, diff: '' },
    ]
    expect(describeRequest(command('a\nb'))).toBe('run a<U+000A>b')
    expect(describeRequest(fileChange(changes))).toBe('add /a, move /b to /c')
    expect(describeRequest(fileChange([], { grantRoot: '/r' }))).toBe('change any file in /r')
    expect(describeRequest(mcpTool('s', 't'))).toBe('call the tool s/t with {}')
    expect(describeRequest(userInput())).toBe('answer: Which color? Why?')
    expect(describeRequest(command('x'.repeat(5_000))).length).toBeLessThan(600)
  })
})
