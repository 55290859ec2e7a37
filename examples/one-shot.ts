// One call, one turn, one process: for scripts and job runners. It always resolves and leaves nothing running.
import { isRetryable, runTurn } from 'codex-conduit'

const { status, text, failure, usage, timings, appServerExit } = await runTurn({
  prompt: process.argv[2] ?? 'Name the three states of water.',
  sandbox: 'read-only',
  approvalPolicy: 'never',
  timeoutMs: 60_000,
  onEvent: (event) => {
    if (event.type === 'message.delta') process.stdout.write(event.delta)
  },
})

console.log(
  `\n${status}${failure ? ` (${failure.kind}): ${failure.message}` : `: ${text.length} characters`}`,
)
if (failure) console.log(`${failure.hint} Retry by itself: ${isRetryable(failure) ? 'yes' : 'no'}.`)
if (usage) console.log(`tokens: ${usage.inputTokens} in, ${usage.outputTokens} out`)
for (const [phase, ms] of Object.entries(timings)) console.log(`${phase.padEnd(12)} ${ms?.toFixed(1) ?? '-'}`)
console.log(`Codex exited with code ${appServerExit?.code}`)
process.exitCode = status === 'completed' ? 0 : 1
