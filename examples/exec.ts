// One process a job: `codex exec` with an answer in the shape of a schema, then the events of another run.
import { runExec, streamExec } from 'codex-conduit/exec'
import { z } from 'zod'

const job = { cwd: process.cwd(), sandbox: 'read-only', skipGitRepoCheck: true, timeoutMs: 60_000 } as const

const review = await runExec({
  ...job,
  prompt: '- Is this project tested?\n- How many examples has it?',
  outputSchema: z.object({ tested: z.boolean(), examples: z.number() }),
  purpose: 'triage',
  metadata: { ticket: 7 },
})
if (review.ok) {
  const { output, usage, threadId, durationMs } = review.result
  console.log(`answer   │ tested: ${output.tested ? 'yes' : 'no'}, examples: ${output.examples}`)
  console.log(`run      │ ${review.invocation.purpose}, ${usage?.totalTokens} tokens, session ${threadId}`)
  console.log(`time     │ ${durationMs.toFixed(0)} ms`)
} else {
  console.log(`${review.error.code}: ${review.error.message}\n${review.failure.hint}`)
}

const stream = streamExec({ ...job, prompt: 'And where are they?', resume: review.result.threadId })
for await (const event of stream) {
  if (event.type !== 'item.completed') continue
  if (event.item.type === 'command_execution') console.log(`command  │ ${event.item.command}`)
  if (event.item.type === 'agent_message') console.log(`message  │ ${event.item.text}`)
}
const outcome = await stream.result
console.log(`outcome  │ ${outcome.ok ? 'ok' : outcome.error.code}, exit code ${outcome.result.exitCode}`)

const refused = await runExec({ ...job, prompt: '' })
if (!refused.ok) console.log(`refused  │ ${refused.error.code}: ${refused.error.details.option}`)
process.exitCode = review.ok && outcome.ok ? 0 : 1
