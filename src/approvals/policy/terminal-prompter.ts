import { checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { HumanPrompter } from './ask-human.js'

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
      const turn = last.then(async () => {
        const { askOnTerminal } = await import('./terminal-dialog.js')
        return signal.aborted ? undefined : askOnTerminal(prompt, input, output, signal)
      })
      last = turn.catch(() => {})
      return turn
    },
  }
}
