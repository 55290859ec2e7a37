import { PassThrough } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type ApprovalRequest,
  askHuman,
  describeRequest,
  type HumanPrompt,
  humanPrompt,
  terminalPrompter,
  visibleText,
} from '../../../src/approvals/index.js'
import { command, elicitation, fileChange, mcpTool, permissions, userInput } from '../requests.js'

afterEach(() => {
  vi.useRealTimers()
})

const signal = () => new AbortController().signal

/** A terminal that a test types on. */
function terminal(isTTY = true) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough().setEncoding('utf8')
  let shown = ''
  output.on('data', (text: string) => {
    shown += text
  })
  const hook = askHuman(terminalPrompter({ input, output }))
  /** Resolves when a text has been shown. */
  const sees = (text: string) => vi.waitUntil(() => shown.includes(text), { interval: 1 })
  /** Asks, and types each line when the prompt before it is there. */
  const ask = async (request: ApprovalRequest, ...lines: string[]) => {
    const answer = hook(request, { signal: signal() })
    for (const line of lines) {
      await vi.waitUntil(() => shown.endsWith(': '), { interval: 1 })
      shown += '\n'
      input.write(`${line}\n`)
    }
    return answer
  }
  return { input, output, hook, ask, sees, shown: () => shown }
}

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
    let given: AbortSignal | undefined
    const ask = (_prompt: HumanPrompt, context: { signal: AbortSignal }) => {
      given = context.signal
      return new Promise<undefined>(() => {})
    }
    const asked = askHuman({ ask }, { timeoutMs: 1000 })(command(), { signal: signal() })
    await vi.advanceTimersByTimeAsync(1000)
    expect(await asked).toBe('decline')
    expect(given?.aborted).toBe(true)
  })

  it('refuses what is no prompter', () => {
    expect(() => askHuman({} as never)).toThrow(expect.objectContaining({ option: 'prompter' }))
    const ask = async () => undefined
    expect(() => askHuman({ ask }, { timeoutMs: -1 })).toThrow(
      expect.objectContaining({ option: 'timeoutMs' }),
    )
  })
})

describe('the terminal prompter', () => {
  it.each([
    ['y', 'accept'],
    ['Y', 'accept'],
    ['s', 'acceptForSession'],
    ['n', 'decline'],
    ['c', 'cancel'],
    ['', 'decline'],
  ])('takes %j for %j', async (line, decision) => {
    const { ask, shown } = terminal()
    expect(await ask(command('npm test'), line)).toBe(decision)
    expect(shown()).toContain('npm test')
  })

  it('asks again when it does not understand', async () => {
    const { ask } = terminal()
    expect(await ask(command(), 'what?', 'yes', 'y')).toBe('accept')
  })

  it('offers only what Codex offers', async () => {
    const { ask, shown } = terminal()
    const once = mcpTool('s', 't', { availableDecisions: ['accept', 'decline'] })
    expect(await ask(once, 's', 'n')).toBe('decline')
    expect(shown()).not.toContain('[s]')
  })

  it('shows one prompt at a time', async () => {
    const { hook, input, sees, shown } = terminal()
    const first = hook(command('first'), { signal: signal() })
    const second = hook(command('second'), { signal: signal() })
    await sees('first')
    expect(shown()).not.toContain('second')
    input.write('y\n')
    expect(await first).toBe('accept')
    await sees('second')
    input.write('n\n')
    expect(await second).toBe('decline')
  })

  it('takes a prompt away when the answer is no longer wanted, and shows the next', async () => {
    const { hook, input, sees } = terminal()
    const controller = new AbortController()
    const gone = hook(command('first'), { signal: controller.signal })
    const never = hook(command('never shown'), { signal: controller.signal })
    const next = hook(command('second'), { signal: signal() })
    await sees('first')
    controller.abort()
    expect(await gone).toBe('decline')
    expect(await never).toBe('decline')
    await sees('withdrawn')
    await sees('second')
    input.write('y\n')
    expect(await next).toBe('accept')
  })

  it('declines when the input ends, or is no terminal', async () => {
    const ended = terminal()
    const asked = ended.hook(command(), { signal: signal() })
    await ended.sees('[y]')
    ended.input.end()
    expect(await asked).toBe('decline')
    const piped = terminal(false)
    piped.input.write('y\n')
    expect(await piped.hook(command(), { signal: signal() })).toBe('decline')
    expect(piped.shown()).toContain('no terminal')
  })

  it('shows nothing that drives the terminal or passes for a line of its own', async () => {
    const { ask, shown } = terminal()
    const hostile = 'echo hi\u001b[2K\u202e\u200b\r\n  │ [y] yes, once: y\u0007\u2028x'
    await ask(command(hostile, { reason: 'so\u001b]0;title\u0007' }), 'n')
    const text = shown().replaceAll('\n', '')
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    for (const line of shown().split('\n')) expect(line).toMatch(/^(?: {2}[┌│] .*)?$/)
    expect(shown()).toContain('<U+001B>')
    expect(shown()).toContain('<U+202E>')
  })

  it('asks questions by their options, or for a text', async () => {
    expect(await terminal().ask(userInput(), '2', 'because')).toEqual({
      answers: { color: 'Blue', why: 'because' },
    })
    expect(await terminal().ask(userInput(), 'Green', '3', '1', 'x')).toEqual({
      answers: { color: 'Red', why: 'x' },
    })
    expect(await terminal().ask(userInput(), '')).toBe('decline')
  })

  it('asks for the fields of a form, each in its type', async () => {
    expect(await terminal().ask(elicitation(), 'Ann', '2', '7', '1')).toEqual({
      action: 'accept',
      content: { name: 'Ann', size: 'L', count: 7, agree: true },
    })
    expect(await terminal().ask(elicitation(), 'Ann', '', '', '')).toEqual({
      action: 'accept',
      content: { name: 'Ann' },
    })
    expect(await terminal().ask(elicitation(), 'Ann', '', 'many', '')).toBe('decline')
    expect(await terminal().ask(elicitation({ mode: 'url', url: 'https://x' }), 'y')).toEqual({
      action: 'accept',
    })
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
