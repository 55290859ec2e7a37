// A bot that decides by rules what Codex may do, asks a person about the rest, and writes down every decision.
// Run it offline with `npm run example approvals`: without a terminal, nobody answers, and the answer is no.
import {
  type AuditEntry,
  allowCommands,
  allowFileChanges,
  approvalPolicy,
  askHuman,
  Codex,
  declineCommands,
  readOnlyCommands,
  terminalPrompter,
} from 'codex-conduit'

const repository = process.cwd()
const policy = approvalPolicy({
  rules: [
    // The first rule that covers a request decides.
    declineCommands(['git', 'push'], ['npm', 'publish']),
    readOnlyCommands(),
    allowCommands(['npm', 'test'], { prefix: ['node', '--version'], exact: true }),
    allowFileChanges({ within: `${repository}/docs`, extensions: ['.md'], maxDiffLines: 200 }),
  ],
  otherwise: askHuman(terminalPrompter({ output: process.stdout }), { timeoutMs: 120_000 }),
  audit: write,
})

await using codex = await Codex.start({ approvals: policy })
const thread = await codex.startThread({
  cwd: repository,
  sandbox: 'read-only',
  approvalPolicy: 'on-request',
})
const turn = thread.stream('Tidy up, then publish.')
for await (const event of turn) {
  if (event.type === 'item.completed' && event.item.type === 'agentMessage') line('agent', event.item.text)
  if (event.type === 'item.completed' && event.item.type === 'commandExecution') {
    line('command', `${event.item.status}: ${event.item.command}`)
  }
}
const { status } = await turn.result
line('result', status)
process.exitCode = status === 'completed' ? 0 : 1

/** The audit: here a line on the console, elsewhere a log or a table. */
function write({ summary, decision, decidedBy, rule, reason }: AuditEntry) {
  const by = rule ? `rule ${rule.index}, ${rule.name}` : decidedBy
  line('audit', `${typeof decision === 'string' ? decision : 'answered'} ← ${summary}`)
  line('', `by ${by}: ${reason}`)
}

function line(name: string, text: string) {
  console.log(`${name.padStart(8)} │ ${text}`)
}
