import type { Verdict } from './verdict.js'

const REFUSED: Verdict = { kind: 'invalid-input', safety: 'rejected', phase: 'exec' }

/** What `codex exec` says when it refuses to begin, observed with 0.169.0. */
const REFUSALS: readonly (readonly [RegExp, Verdict])[] = [
  [
    /not inside a trusted directory/i,
    {
      ...REFUSED,
      hint: 'The folder is no Git repository: name one that is, or allow others with `skipGitRepoCheck`.',
    },
  ],
  [/no prompt provided/i, { ...REFUSED, hint: 'Give a prompt that is not blank.' }],
  [
    /session not found|no saved session/i,
    { ...REFUSED, hint: 'Check the id of the session and CODEX_HOME.' },
  ],
  [
    /error loading config|error parsing -c overrides/i,
    { ...REFUSED, hint: 'Correct the setting that the message names.' },
  ],
  [/output schema file|last message file/i, { ...REFUSED, hint: 'Check the file that the message names.' }],
]

/** The exit code with which Codex refuses its arguments. */
const USAGE = 2

/** Concludes from what a `codex exec` that failed says about it, where the words that others use tell nothing. */
export function judgeExecText(exitCode: number | undefined, message: string): Verdict | undefined {
  const text = message.slice(0, 2_000)
  // Codex passes on the body of a 400 as the message of the turn's error, and of nothing else.
  if (/^\s*\{\s*"error"/.test(text)) return { kind: 'provider-bad-request', phase: 'exec' }
  const known = REFUSALS.find(([words]) => words.test(text))
  if (known !== undefined) return known[1]
  return exitCode === USAGE && /unexpected argument|cannot be used with|invalid value|usage:/i.test(text)
    ? { ...REFUSED, hint: 'This Codex does not know the arguments: compare the versions.' }
    : undefined
}
