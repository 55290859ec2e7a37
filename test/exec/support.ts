import type { ExecEvent, ExecOutcome, ExecRequest } from '../../src/exec/index.js'
import { fixture } from '../process/helpers.js'

/** A step of `test/fixtures/exec-fake.mjs`. */
export type Step = readonly [name: string, ...args: unknown[]]

/** Long enough never to pass: a test that waits for it fails. */
export const NEVER_MS = 600_000

/** A request to a program that takes these steps in place of Codex. */
export function fake(steps: readonly Step[], more: Partial<ExecRequest> = {}): ExecRequest {
  const { env, ...rest } = more
  return {
    prompt: 'x',
    cliPath: fixture('exec-fake'),
    env: { ...env, FAKE_EXEC: JSON.stringify(steps) },
    ...rest,
  }
}

/** The texts of the messages among events. */
export function messagesOf(events: Iterable<ExecEvent>): string[] {
  return [...events].flatMap((event) =>
    event.type === 'item.completed' && event.item.type === 'agent_message' ? [event.item.text] : [],
  )
}

/** What a test compares first. */
export function codeOf(outcome: ExecOutcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.error.code
}
