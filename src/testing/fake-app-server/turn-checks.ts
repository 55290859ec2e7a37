import { checkInteger, checkKnownKeys, checkOptions, checkString } from '../../util/validate.js'
import type { StubUsage } from '../model-stub/replies.js'
import type { CommandApproval, CommandOutcome } from './turn-approvals.js'

const OUTCOME = { exitCode: true, output: true, chunks: true, cwd: true, durationMs: true } as const
const APPROVAL = { ...OUTCOME, command: true, reason: true, availableDecisions: true } as const
const USAGE = {
  inputTokens: true,
  cachedInputTokens: true,
  outputTokens: true,
  reasoningTokens: true,
} as const

/** Throws `InvalidInputError` naming what is wrong with the outcome of a command: Codex could not have told it. */
export function checkOutcome(outcome: CommandOutcome, known: Readonly<Record<string, true>> = OUTCOME): void {
  checkOptions('outcome', outcome)
  checkKnownKeys(outcome, known)
  checkInteger('exitCode', outcome.exitCode, 0, -(2 ** 31), 2 ** 31 - 1)
  checkString('output', outcome.output, false)
  checkString('cwd', outcome.cwd)
  checkInteger('durationMs', outcome.durationMs, 0, 0)
}

/** The same of a command that is asked about. */
export function checkCommandApproval(asked: CommandApproval): void {
  checkString('command', asked.command ?? null)
  checkString('reason', asked.reason)
  checkOutcome(asked, APPROVAL)
}

/** Throws `InvalidInputError` naming what is no count of tokens. */
export function checkUsage(usage: StubUsage): void {
  checkOptions('usage', usage)
  checkKnownKeys(usage, USAGE)
  for (const [name, count] of Object.entries(usage)) checkInteger(name, count, 0, 0)
}
