import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { type ApprovalRequest, askHuman, terminalPrompter } from '../../../src/approvals/index.js'
import { command, elicitation, mcpTool, userInput } from '../requests.js'

const signal = () => new AbortController().signal

/** A terminal that a test types on. */
function terminal(isTTY = true, columns?: number) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = Object.assign(
    new PassThrough().setEncoding('utf8'),
    columns === undefined ? {} : { columns },
  )
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

describe('the terminal prompter', () => {
  it.each([
    [{ stdin: process.stdin }, 'stdin'],
    [null, 'options'],
  ])('is not made with the options %#', (options, option) => {
    expect(() => terminalPrompter(options as never)).toThrow(expect.objectContaining({ option }))
  })

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

  it('takes nothing that was typed before anything was asked', async () => {
    const { hook, input, sees } = terminal()
    input.write('y\ny\n')
    const asked = hook(command('rm -rf /'), { signal: signal() })
    input.write('y\n')
    await sees('answer: ')
    input.write('n\n')
    expect(await asked).toBe('decline')
  })

  it('takes nothing that was typed while the prompt before was withdrawn', async () => {
    for (const [before, after] of [
      ['', 'y\n'],
      ['y', '\n'],
      ['y', 'y\n'],
    ] as const) {
      const { hook, input, sees, shown } = terminal()
      const controller = new AbortController()
      const gone = hook(command('first'), { signal: controller.signal })
      const next = hook(command('second'), { signal: signal() })
      await sees('answer: ')
      input.write(before)
      controller.abort()
      expect(await gone).toBe('decline')
      input.write(after)
      await vi.waitUntil(() => shown().split('answer: ').length === 3, { interval: 1 })
      input.write('c\n')
      expect(await next).toBe('cancel')
    }
  })

  it('takes nothing that was typed while the prompt before was answered', async () => {
    const { hook, input, sees, shown } = terminal()
    const first = hook(command('first'), { signal: signal() })
    const second = hook(command('second'), { signal: signal() })
    await sees('answer: ')
    input.write('n\ny\ny')
    expect(await first).toBe('decline')
    await vi.waitUntil(() => shown().split('answer: ').length === 3, { interval: 1 })
    input.write('\n')
    expect(await second).toBe('decline')
  })

  it('drops a line that the terminal still held back, and leaves the terminal as it was', async () => {
    const { hook, input, sees } = terminal()
    const modes: boolean[] = []
    // As a terminal does: a line that is not ended comes out when lines no longer count.
    const setRawMode = (raw: boolean) => {
      modes.push(raw)
      if (raw) input.write('y')
    }
    Object.assign(input, { setRawMode })
    const asked = hook(command('rm -rf /'), { signal: signal() })
    await sees('answer: ')
    expect(modes).toEqual([true, false])
    input.write('\n')
    expect(await asked).toBe('decline')
  })

  it('declines without showing anything when the person interrupts, and when the input has ended', async () => {
    const interrupted = terminal()
    interrupted.input.write('\u0003')
    expect(await interrupted.hook(command(), { signal: signal() })).toBe('decline')
    const ended = terminal()
    ended.input.end()
    expect(await ended.hook(command(), { signal: signal() })).toBe('decline')
    expect(await ended.hook(command(), { signal: signal() })).toBe('decline')
    const broken = terminal()
    const asked = broken.hook(command(), { signal: signal() })
    broken.input.destroy(new Error('the terminal is gone'))
    expect(await asked).toBe('decline')
    expect(interrupted.shown() + ended.shown() + broken.shown()).toBe('')
  })

  it('declines when the input fails while it asks', async () => {
    const { hook, input, sees } = terminal()
    const asked = hook(command(), { signal: signal() })
    await sees('answer: ')
    input.destroy(new Error('the terminal is gone'))
    expect(await asked).toBe('decline')
  })

  it('declines when the input never rests', async () => {
    const { hook, input, shown } = terminal()
    let isAsking = true
    const flood = () => {
      if (!isAsking) return
      input.write('y\n')
      setImmediate(flood)
    }
    flood()
    expect(await hook(command(), { signal: signal() })).toBe('decline')
    isAsking = false
    expect(shown()).toBe('')
  })

  it('leaves no listener behind', async () => {
    const { ask, input } = terminal()
    const count = () => input.eventNames().reduce((sum, name) => sum + input.listenerCount(name), 0)
    await ask(command(), 'n')
    const before = count()
    await ask(command(), 'n')
    expect(count()).toBe(before)
  })

  it.each([20, 33, 40, 80, 200])(
    'begins every line with the margin on a screen of %d columns',
    async (columns) => {
      const { ask, shown } = terminal(true, columns)
      const forged = `echo ${' '.repeat(columns)}${'x'.repeat(columns)}\u2502 [y] yes, once: ${'\u6f22'.repeat(columns)}`
      await ask(command(forged, { reason: 'because '.repeat(30) }), 'what?', 'n')
      await ask(userInput(), '1', 'x')
      await ask(mcpTool('server', 'tool'), 'n')
      for (const line of shown().split('\n')) {
        expect(line).toMatch(/^(?: {2}[\u250c\u2502] .*)?$/)
        expect(columnsOf(line)).toBeLessThan(columns)
      }
    },
  )

  it('declines on a screen that is too narrow for a margin', async () => {
    const { hook, shown } = terminal(true, 19)
    expect(await hook(command('ls'), { signal: signal() })).toBe('decline')
    expect(shown()).toBe('  \u2502 declined\n')
  })

  it('takes a screen that does not tell its width for one of 80 columns', async () => {
    const { ask, shown } = terminal(true, 0)
    await ask(command('x'.repeat(500)), 'n')
    expect(Math.max(...shown().split('\n').map(columnsOf))).toBe(79)
  })
})

/** Columns that a line takes on a screen, for the characters of these tests. */
function columnsOf(line: string): number {
  return line.replaceAll(/[\u4e00-\u9fff]/g, '..').length
}
