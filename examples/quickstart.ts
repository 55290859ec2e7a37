// A turn from start to end: streamed text, a command that needs approval, its output, the answer, the usage.
// Run it offline with `npm run demo`, or on your own Codex login with `npm run demo -- --live "prompt"`.
import { createInterface } from 'node:readline/promises'
import { type ApprovalRequest, Codex, describeRequest } from 'codex-conduit'

const isLive = process.argv.includes('--live')
const prompt = process.argv.slice(2).find((arg) => !arg.startsWith('--')) ?? 'How long is the readme?'

await using codex = await Codex.start({ onApproval: decide, approvalTimeoutMs: 120_000 })
const thread = await codex.startThread({ sandbox: 'read-only', approvalPolicy: 'on-request' })
line('codex', `${codex.server.userAgent.split(/[/ ]/)[1]}, model ${thread.info.model}`)
line('you', prompt)

const turn = thread.stream(prompt)
for await (const event of turn) {
  switch (event.type) {
    case 'item.started':
      if (event.item.type === 'agentMessage') process.stdout.write(label('agent'))
      break
    case 'message.delta':
      process.stdout.write(event.delta)
      break
    case 'approval.resolved':
      line('decision', `${JSON.stringify(event.outcome.decision)} (by ${event.outcome.decidedBy})`)
      break
    case 'item.completed':
      if (event.item.type === 'agentMessage') process.stdout.write('\n')
      if (event.item.type === 'commandExecution') {
        line('output', `${event.item.aggregatedOutput?.trim() ?? ''} (exit code ${event.item.exitCode})`)
      }
      break
    case 'turn.retrying':
      line('retrying', event.message)
  }
}

const { status, text, usage, failure } = await turn.result
line('result', failure ? `${status}: ${failure.kind}: ${failure.message}` : `${status}: ${text}`)
if (usage) line('tokens', `${usage.inputTokens} in, ${usage.outputTokens} out`)
process.exitCode = failure ? 1 : 0

async function decide(request: ApprovalRequest, { signal }: { signal: AbortSignal }) {
  line('approval', `Codex asks to ${describeRequest(request)}`)
  if (request.reason) line('', `because: ${request.reason}`)
  if (!isLive) return 'accept'
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal
    .question(`${label('')}allow it? [y/N] `, { signal })
    .finally(() => terminal.close())
  return answer.trim().toLowerCase() === 'y' ? 'accept' : 'decline'
}

function line(name: string, text: string) {
  console.log(label(name) + text.replaceAll('\n', `\n${label('')}`))
}

function label(name: string) {
  return `${name.padStart(9)} │ `
}
