import { createInterface, type Interface } from 'node:readline'
import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { ApprovalDecision } from '../decisions.js'
import type { HumanPrompter } from './ask-human.js'
import { dropTypeAhead, type TypedInput } from './drop-type-ahead.js'
import { Frame, MARGIN } from './frame.js'
import type { HumanPrompt, PromptQuestion } from './human-prompt.js'

/** Options of {@link terminalPrompter}. */
export interface TerminalPrompterOptions {
  /** Where the answers are typed. @default process.stdin */
  readonly input?: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  /** Where the prompts are shown, at most its `columns` wide, or 80. @default process.stderr */
  readonly output?: NodeJS.WritableStream & { readonly columns?: number }
}

/**
 * Asks on a terminal, one prompt at a time; others wait. What the model wrote cannot drive the terminal, nor
 * pass for a line of the prompt. What was typed before a prompt is shown is dropped. An input that is no
 * terminal, or that ends, is a decline, and so is a terminal of fewer than 20 columns: nothing that is piped in
 * can approve. Throws `InvalidInputError` for an unknown option.
 */
export function terminalPrompter(options: TerminalPrompterOptions = {}): HumanPrompter {
  checkOptions('options', options)
  checkKnownKeys(options, { input: true, output: true })
  const { input = process.stdin, output = process.stderr } = options
  let last: Promise<unknown> = Promise.resolve()
  return {
    ask(prompt, { signal }) {
      const turn = last.then(() => (signal.aborted ? undefined : askOnce(prompt, input, output, signal)))
      last = turn.catch(() => {})
      return turn
    },
  }
}

async function askOnce(
  prompt: HumanPrompt,
  input: TypedInput,
  output: NodeJS.WritableStream & { readonly columns?: number },
  signal: AbortSignal,
): Promise<ApprovalDecision | undefined> {
  const frame = Frame.for(output.columns)
  if (!frame) {
    output.write(`${MARGIN}declined\n`)
    return undefined
  }
  if (input.isTTY !== true) {
    output.write(describe(prompt, frame) + frame.text('declined: there is no terminal to ask on'))
    return undefined
  }
  if (!(await dropTypeAhead(input, signal))) return undefined
  // Shown in the same turn of the event loop: nothing can be typed in between.
  const dialog = new Dialog(input, output, frame, signal)
  try {
    return await converse(prompt, dialog, frame)
  } finally {
    dialog.close()
  }
}

async function converse(
  prompt: HumanPrompt,
  dialog: Dialog,
  frame: Frame,
): Promise<ApprovalDecision | undefined> {
  dialog.write(describe(prompt, frame))
  if (prompt.questions.length === 0) return choose(prompt, dialog, frame)
  const answers: Record<string, string> = {}
  for (const question of prompt.questions) {
    const answer = await askQuestion(question, dialog, frame)
    if (answer === undefined) return undefined
    if (answer !== '') answers[question.id] = answer
  }
  return prompt.answer(answers)
}

async function choose(
  { choices }: HumanPrompt,
  dialog: Dialog,
  frame: Frame,
): Promise<ApprovalDecision | undefined> {
  const list = frame.row(choices.map(({ key, label }) => `[${key}] ${label}`))
  for (;;) {
    const line = await dialog.question(list)
    if (line === undefined || line === '') return undefined
    const choice = choices.find(({ key }) => key === line.toLowerCase())
    if (choice) return choice.decision
  }
}

/** Resolves with `undefined` when the person gives up, and with `''` for an answer that is left out. */
async function askQuestion(
  question: PromptQuestion,
  dialog: Dialog,
  frame: Frame,
): Promise<string | undefined> {
  const { options, allowsOther, isSecret, isOptional } = question
  dialog.write(frame.text(question.text))
  for (const [index, { label }] of options.entries()) dialog.write(frame.text(`[${index + 1}] ${label}`))
  const hint = [
    ...(options.length > 0 ? ['a number'] : []),
    ...(allowsOther ? ['a text'] : []),
    isOptional ? 'nothing to skip' : 'nothing to decline',
    ...(isSecret ? ['what you type is shown'] : []),
  ]
  for (;;) {
    const line = await dialog.question(frame.text(`(${hint.join(', ')})`))
    if (line === undefined) return undefined
    if (line === '') return isOptional ? '' : undefined
    const option = /^\d+$/.test(line) ? options[Number(line) - 1] : undefined
    if (option) return option.value
    if (allowsOther) return line
  }
}

function describe({ title, details }: HumanPrompt, frame: Frame): string {
  return `\n${frame.title(title)}${frame.details(details)}`
}

/** One prompt's use of the terminal. */
class Dialog {
  readonly #input: NodeJS.ReadableStream
  readonly #output: NodeJS.WritableStream
  readonly #lines: Interface
  readonly #frame: Frame
  readonly #signal: AbortSignal
  #isOver = false
  #answer: ((line: string | undefined) => void) | undefined

  constructor(
    input: NodeJS.ReadableStream,
    output: NodeJS.WritableStream,
    frame: Frame,
    signal: AbortSignal,
  ) {
    this.#input = input
    this.#output = output
    this.#frame = frame
    this.#signal = signal
    // Line by line, without an editor of our own: the terminal's does.
    this.#lines = createInterface({ input, terminal: false })
    this.#lines.on('line', (line) => this.#settle(line.trim()))
    this.#lines.on('close', this.#end)
    // Newer versions of Node pass an error of the input on, older ones do not.
    this.#lines.on('error', this.#end)
    input.on('error', this.#end)
    signal.addEventListener('abort', this.#withdraw, { once: true })
  }

  write(text: string): void {
    this.#output.write(text)
  }

  /** Asks below a text; resolves with what is typed, `undefined` when nothing will be. */
  question(text: string): Promise<string | undefined> {
    if (this.#isOver) return Promise.resolve(undefined)
    this.write(`${text}${MARGIN}answer: `)
    return new Promise((resolve) => {
      this.#answer = resolve
    })
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#withdraw)
    this.#input.off('error', this.#end)
    this.#lines.close()
  }

  readonly #withdraw = () => {
    // Over the line that still asks.
    this.write(`\r\u001b[K${this.#frame.text('withdrawn: an answer is no longer wanted')}`)
    this.#end()
  }

  readonly #end = () => {
    this.#isOver = true
    this.#settle(undefined)
  }

  #settle(line: string | undefined): void {
    const answer = this.#answer
    this.#answer = undefined
    answer?.(line)
  }
}
