import { createInterface, type Interface } from 'node:readline'
import type { ApprovalDecision } from '../decisions.js'
import type { HumanPrompter } from './ask-human.js'
import type { HumanPrompt, PromptQuestion } from './human-prompt.js'

/** Options of {@link terminalPrompter}. */
export interface TerminalPrompterOptions {
  /** Where the answers are typed. @default process.stdin */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  /** Where the prompts are shown. @default process.stderr */
  readonly output?: NodeJS.WritableStream
}

const MARGIN = '  │ '

/**
 * Asks on a terminal, one prompt at a time; others wait. What the model wrote cannot drive the terminal, nor
 * pass for a line of the prompt. An input that is no terminal, or that ends, is a decline: nothing that
 * is piped in can approve.
 */
export function terminalPrompter(options: TerminalPrompterOptions = {}): HumanPrompter {
  const { input = process.stdin, output = process.stderr } = options
  let last: Promise<unknown> = Promise.resolve()
  return {
    ask(prompt, { signal }) {
      const turn = last.then(async () => {
        if (signal.aborted) return undefined
        if (input.isTTY !== true) {
          output.write(`${describe(prompt)}${MARGIN}declined: there is no terminal to ask on\n`)
          return undefined
        }
        const dialog = new Dialog(input, output, signal)
        try {
          return await converse(prompt, dialog)
        } finally {
          dialog.close()
        }
      })
      last = turn.catch(() => {})
      return turn
    },
  }
}

async function converse(prompt: HumanPrompt, dialog: Dialog): Promise<ApprovalDecision | undefined> {
  dialog.write(describe(prompt))
  if (prompt.questions.length === 0) return choose(prompt, dialog)
  const answers: Record<string, string> = {}
  for (const question of prompt.questions) {
    const answer = await askQuestion(question, dialog)
    if (answer === undefined) return undefined
    if (answer !== '') answers[question.id] = answer
  }
  return prompt.answer(answers)
}

async function choose({ choices }: HumanPrompt, dialog: Dialog): Promise<ApprovalDecision | undefined> {
  const list = choices.map(({ key, label }) => `[${key}] ${label}`).join('  ')
  for (;;) {
    const line = await dialog.question(`${MARGIN}${list}: `)
    if (line === undefined || line === '') return undefined
    const choice = choices.find(({ key }) => key === line.toLowerCase())
    if (choice) return choice.decision
  }
}

/** Resolves with `undefined` when the person gives up, and with `''` for an answer that is left out. */
async function askQuestion(question: PromptQuestion, dialog: Dialog): Promise<string | undefined> {
  const { options, allowsOther, isSecret, isOptional } = question
  dialog.write(framed(question.text))
  for (const [index, { label }] of options.entries()) dialog.write(framed(`[${index + 1}] ${label}`))
  const hint = [
    ...(options.length > 0 ? ['a number'] : []),
    ...(allowsOther ? ['a text'] : []),
    isOptional ? 'nothing to skip' : 'nothing to decline',
    ...(isSecret ? ['what you type is shown'] : []),
  ]
  for (;;) {
    const line = await dialog.question(`${MARGIN}(${hint.join(', ')}): `)
    if (line === undefined) return undefined
    if (line === '') return isOptional ? '' : undefined
    const option = /^\d+$/.test(line) ? options[Number(line) - 1] : undefined
    if (option) return option.value
    if (allowsOther) return line
  }
}

function describe({ title, details }: HumanPrompt): string {
  const width = Math.max(0, ...details.map(({ label }) => label.length))
  const parts = details.map(({ label, text }) =>
    framed(`${label.padEnd(width)}  ${text.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`),
  )
  return `\n  ┌ ${title}\n${parts.join('')}`
}

/** Every line gets the margin, so that no text can begin where a prompt does. */
function framed(text: string): string {
  return `${MARGIN}${text.replaceAll('\n', `\n${MARGIN}`)}\n`
}

/** One prompt's use of the terminal. */
class Dialog {
  readonly #output: NodeJS.WritableStream
  readonly #lines: Interface
  readonly #signal: AbortSignal
  #isOver = false
  #answer: ((line: string | undefined) => void) | undefined

  constructor(input: NodeJS.ReadableStream, output: NodeJS.WritableStream, signal: AbortSignal) {
    this.#output = output
    this.#signal = signal
    // Line by line, without an editor of our own: the terminal's does.
    this.#lines = createInterface({ input, terminal: false })
    this.#lines.on('line', (line) => this.#settle(line.trim()))
    this.#lines.on('close', () => this.#end())
    signal.addEventListener('abort', this.#withdraw, { once: true })
  }

  write(text: string): void {
    this.#output.write(text)
  }

  /** Resolves with what is typed, `undefined` when the input ends or the answer is no longer wanted. */
  question(text: string): Promise<string | undefined> {
    if (this.#isOver) return Promise.resolve(undefined)
    this.write(text)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#withdraw)
    this.#lines.close()
  }

  readonly #withdraw = () => {
    // Over the line that still asks.
    this.write(`\r\u001b[K${MARGIN}withdrawn: an answer is no longer wanted\n`)
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    this.#settle(undefined)
  }

  #settle(line: string | undefined): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(line)
  }
}
