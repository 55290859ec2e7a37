// A queue of prompts that survives Ctrl-C, `kill -9` and a restart: run it again and it goes on where it was. Run it
// offline with `npm run example supervisor`; a folder as its argument keeps the queue there.
import { join } from 'node:path'
import { Supervisor, type TurnRecord } from 'codex-conduit/supervisor'

const prompts = ['List the planets', 'Which of them have rings?', 'Which one is the largest?']
const directory = process.argv[2] ?? join(process.env.CODEX_HOME ?? '.', 'planets-queue')

await using supervisor = await Supervisor.open({ directory })
// The turn that runs is interrupted; what it has done so far stays in its thread.
process.once('SIGINT', () => void supervisor.close())
await supervisor.start()
if (!supervisor.getSession('planets')) {
  await supervisor.createSession({ sessionId: 'planets', sandbox: 'read-only', approvalPolicy: 'never' })
}

for (const [index, prompt] of prompts.entries()) {
  const before = supervisor.listTurns('planets').filter(({ metadata }) => metadata?.prompt === index)
  const answered = before.find(({ status }) => status === 'completed')
  if (answered) {
    line('known', `${prompt} ${answered.text}`)
    continue
  }
  // What was cut off may have been done in part: Codex is asked to look, not to do it again.
  const isUnsure = before.some(mayHaveActed)
  const input = isUnsure ? `You were cut off. See what is done, and finish it: ${prompt}` : prompt
  const turn = await supervisor.createTurn({ sessionId: 'planets', input, metadata: { prompt: index } })
  line('asked', input)
  const { status, text, failure } = await turn.settled
  line(status, failure ? `${failure.kind}: ${failure.hint}` : (text ?? ''))
  if (status !== 'completed') break
}
const { turns } = supervisor.status()
line('turns', JSON.stringify(turns))

/** Whether a turn that did not complete may have had an effect. */
function mayHaveActed({ failure }: TurnRecord): boolean {
  return failure?.retrySafety !== 'not-sent' && failure?.retrySafety !== 'rejected'
}

function line(name: string, text: string) {
  console.log(`${name.padStart(11)} │ ${text}`)
}
